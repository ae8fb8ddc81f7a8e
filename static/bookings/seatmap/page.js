// The page around the drawing: the form, what it is told by the server, and how it speaks.
export const form = document.getElementById("seat-map");
export const frame = form?.querySelector("[data-hall-frame]") ?? null;
export const facts = form?.dataset ?? {};

export const one = (selector) => form.querySelector(selector);
export const all = (selector) => [...form.querySelectorAll(selector)];
export const say = (template, value) => template.replace("%s", value);
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// For screen readers only; the eye sees it happen.
export const announce = (text) => {
  one("[data-announce]").textContent = text;
};

// A sentence beside the choice, for everyone; empty takes it away.
export const warn = (text) => {
  const note = one("[data-warning]");
  note.textContent = text;
  note.hidden = !text;
};
