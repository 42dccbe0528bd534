// The page of an approval: tabs, lines to comment on, and a warning when what is shown has changed.
const page = document.querySelector(".sf-approval");
const tabs = [...page.querySelectorAll("[role=tab]")];

function show(tab) {
  for (const one of tabs) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
  }
}

for (const [index, tab] of tabs.entries()) {
  tab.addEventListener("click", () => show(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(index + step + tabs.length) % tabs.length];
    show(next);
    next.focus();
  });
}

page.addEventListener("click", (event) => {
  const link = event.target.closest("[data-goes-to]");
  if (link) {
    event.preventDefault();
    goTo(Number(link.dataset.goesTo));
    return;
  }
  const line = event.target.closest(".sf-source > [data-line]");
  const dialog = document.getElementById("act-comment");
  if (!line || !dialog || String(window.getSelection())) return;
  dialog.querySelector("[name=start]").value = line.dataset.line;
  dialog.querySelector("[name=end]").value = line.dataset.line;
  dialog.showModal();
  dialog.querySelector("textarea").focus();
});

function goTo(line) {
  show(tabs.at(-1));
  page.querySelectorAll(".sf-target").forEach((one) => one.classList.remove("sf-target"));
  const target = document.getElementById(`L${line}`);
  if (!target) return;
  target.classList.add("sf-target");
  target.scrollIntoView({ block: "center" });
}

// The live feed tells of what happens to this approval or its document; the person then loads the page anew.
let after = Number(page.dataset.after);

function follow(delay = 1000) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/ws`);
  socket.onopen = () => {
    delay = 1000;
    const topics = ["approvals", "documents"];
    socket.send(JSON.stringify({ type: "subscribe", project: page.dataset.project, topics, after }));
  };
  socket.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.type !== "event") return;
    after = Math.max(after, event.seq);
    const about = [event.object.id, event.data?.approval, event.data?.document];
    if (about.includes(page.dataset.approval) || about.includes(page.dataset.document)) {
      page.querySelector(".sf-changed").hidden = false;
    }
  };
  socket.onclose = (event) => {
    const refused = event.code === 4401 || event.code === 4403;
    if (!refused) setTimeout(() => follow(Math.min(delay * 2, 30000)), delay);
  };
}
if (page.dataset.state === "pending") follow();
