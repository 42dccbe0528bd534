/* The theme before the first paint, under the same key as the admin (which keeps JSON). */
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return JSON.parse(localStorage.getItem("adminTheme")) || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const theme = chosen();
    document.documentElement.classList.toggle("dark", theme === "dark" || (theme === "auto" && dark.matches));
    for (const button of document.querySelectorAll("[data-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.theme === theme));
    }
  };
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme]");
    if (!button) return;
    localStorage.setItem("adminTheme", JSON.stringify(button.dataset.theme));
    apply();
  });
})();
