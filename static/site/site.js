// Small courtesies on every page: theme choice, offline bar, a word when a request fails.
(() => {
  const root = document.documentElement;

  const toggle = document.querySelector("[data-theme-toggle]");
  const describe = () => toggle.setAttribute("aria-pressed", String(root.dataset.bsTheme === "dark"));
  if (toggle) {
    toggle.hidden = false;
    describe();
    toggle.addEventListener("click", () => {
      root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      describe();
      try {
        localStorage.setItem("theme", root.dataset.bsTheme);
      } catch {
        // Private windows may refuse storage; the choice then lasts for this page.
      }
    });
  }

  const bar = document.querySelector("[data-offline-bar]");
  const showConnection = () => {
    if (bar) bar.hidden = navigator.onLine;
  };
  addEventListener("online", showConnection);
  addEventListener("offline", showConnection);
  showConnection();

  const say = (text) => {
    const toasts = document.getElementById("toasts");
    const note = document.createElement("p");
    note.className = "notice notice--warn";
    note.textContent = text;
    toasts.replaceChildren(note);
    setTimeout(() => note.remove(), 8000);
  };
  // Requests nobody asked for (polling, the menu) fail silently; they carry data-quiet.
  const isQuiet = (event) => event.target.closest("[data-quiet]") !== null;
  document.addEventListener("htmx:sendError", (event) => {
    if (!isQuiet(event)) say(root.dataset.sayOffline);
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (!isQuiet(event)) say(root.dataset.sayFailed);
  });

  // Menus close on Escape and when someone looks elsewhere.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu__drop[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu__drop")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelector("details.menu__drop[open] > summary")?.focus();
    closeMenus(null);
  });
})();
