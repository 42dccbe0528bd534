/* The live feed: one socket a page. What is heard becomes DOM events on <body> (`live:<topic>`), at most one of a topic in
   150 ms; fragments and lists draw themselves again on them. After a break the feed goes on from the last sequence seen. */
(() => {
  const body = document.body;
  const badge = document.getElementById("live");
  const wanted = JSON.parse(document.getElementById("live-subscriptions")?.textContent || "[]");
  for (const element of document.querySelectorAll("[data-follow]")) {
    wanted.push({ project: element.dataset.project, topics: [element.dataset.follow], after: Number(element.dataset.after) });
  }
  if (!wanted.length) return;

  const WORDS = { on: "Live", off: "Connecting…", lost: "Reconnecting…", ended: "Not live: log in again" };
  const show = (state) => {
    if (!badge) return;
    badge.hidden = false;
    badge.dataset.state = state;
    badge.querySelector(".live-word").textContent = WORDS[state];
  };

  const waiting = new Map();
  const tell = (topic) => {
    if (waiting.has(topic)) return;
    waiting.set(topic, setTimeout(() => {
      waiting.delete(topic);
      body.dispatchEvent(new CustomEvent(`live:${topic}`));
    }, 150));
  };

  const place = (message) => wanted.find((one) => one.project === message.project
    && (one.topics ? one.topics.includes(message.topic) : !message.topic.includes(":")));
  const hear = (message) => {
    if (message.type === "error") {
      console.info("live feed:", message.code);
    } else if (message.seq) {
      const one = place(message);
      if (one) one.after = Math.max(one.after, message.seq);
      tell(message.topic);
    }
  };

  let wait = 500;
  let silence;
  const connect = () => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.close(), 50000); // a ping comes every 20 s
    };
    socket.onopen = () => {
      wait = 500;
      show("on");
      alive();
      for (const one of wanted) socket.send(JSON.stringify({ type: "subscribe", ...one }));
    };
    socket.onmessage = (event) => { alive(); hear(JSON.parse(event.data)); };
    socket.onclose = (event) => {
      clearTimeout(silence);
      if (event.code === 4401 || event.code === 4403) return show("ended");
      show("lost");
      setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, 15000);
    };
  };
  show("off");
  connect();

  // Lists that grow: on their topic, the rows after the last one are fetched and appended.
  for (const list of document.querySelectorAll("[data-append]")) {
    const more = async () => {
      const last = list.lastElementChild?.dataset.seq || list.dataset.after;
      const pinned = window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 120;
      await htmx.ajax("GET", `${list.dataset.append}?after=${last}`, { target: list, swap: "beforeend" });
      if (pinned && list.dataset.pin !== undefined) list.lastElementChild?.scrollIntoView({ block: "nearest" });
    };
    let busy = false;
    let again = false;
    body.addEventListener(`live:${list.dataset.follow}`, async () => {
      if (busy) { again = true; return; }
      busy = true;
      do { again = false; await more(); } while (again);
      busy = false;
    });
  }
})();
