// A form that must go out once: the button rests after the first press, and wakes when someone comes back.
(() => {
  const buttonsOf = (form) => form.querySelectorAll("button[type=submit]");
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-once]")) return;
    setTimeout(() => buttonsOf(event.target).forEach((button) => (button.disabled = true)));
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-once]")) {
      buttonsOf(form).forEach((button) => (button.disabled = false));
    }
  });
})();
