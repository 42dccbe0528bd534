/* Small manners of pages: the menu on a phone, notes that go away, times that stay true, fragments that do not flicker. */
(() => {
  const body = document.body;

  document.addEventListener("click", (event) => {
    const menu = event.target.closest("[data-menu]");
    if (menu) {
      const open = body.classList.toggle("menu-open");
      menu.setAttribute("aria-expanded", String(open));
      return;
    }
    if (event.target.closest("[data-dismiss]")) event.target.closest(".note").remove();
    if (!event.target.closest(".sidebar")) body.classList.remove("menu-open");
    for (const open of document.querySelectorAll("details[data-closing][open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    body.classList.remove("menu-open");
    for (const open of document.querySelectorAll("details[data-closing][open]")) open.open = false;
  });

  const steps = [[60, 1, " s"], [3600, 60, " min"], [86400, 3600, " h"], [2592000, 86400, " d"]];
  const ago = (seconds) => {
    if (seconds < 10) return "just now";
    for (const [limit, unit, word] of steps) if (seconds < limit) return `${Math.floor(seconds / unit)}${word} ago`;
    return null; // older than a month: as the server said it
  };
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const words = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (words && time.textContent !== words) time.textContent = words;
    }
  }, 15000);

  // A fragment that came back as it was is left alone: what is selected or being read stays.
  const seen = new WeakMap();
  const stable = (html) => html.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "").replace(/<time[^]*?<\/time>/g, "");
  body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (xhr.status !== 200) return;
    const html = stable(xhr.responseText);
    if (seen.get(target) === html) event.detail.shouldSwap = false;
    seen.set(target, html);
  });
})();

/* On a phone, a strip of tabs is scrolled to the chosen one. */
(() => {
  const reach = () => {
    for (const chosen of document.querySelectorAll(".tabs [aria-current], .segments [aria-current]")) {
      const strip = chosen.closest(".tabs, .segments");
      const [at, from] = [chosen.getBoundingClientRect(), strip.getBoundingClientRect()];
      strip.scrollLeft += at.left - from.left - (from.width - at.width) / 2;
    }
  };
  document.body.addEventListener("htmx:afterSwap", reach);
  reach();
})();

/* `#L12` leads to the block of a rendered document that begins at or before line 12. */
(() => {
  const aim = () => {
    const line = Number(/^#L(\d+)$/.exec(location.hash)?.[1]);
    if (!line) return;
    let found = null;
    for (const block of document.querySelectorAll(".sf-text [data-line]")) {
      block.classList.remove("aimed");
      if (Number(block.dataset.line) <= line) found = block;
    }
    found?.classList.add("aimed");
    found?.scrollIntoView({ block: "center" });
  };
  window.addEventListener("hashchange", aim);
  aim();
})();
