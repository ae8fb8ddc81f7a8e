// Draws the plan while it is typed, puts problems beside their fields, and adds blocks in place.
// Without it the buttons "Draw it" and "Add block" do the same by a page of their own.
(() => {
  const form = document.getElementById("plan-form");
  if (!form) {
    return;
  }
  const QUIET = 350; // Milliseconds without a key before the server is asked.
  const drawing = document.getElementById("plan-drawing");
  const summary = document.getElementById("plan-problems");
  let timer = 0;
  let asking = null;

  function paragraph(text) {
    const line = document.createElement("p");
    line.className = "plan-problem";
    line.textContent = text;
    return line;
  }

  function showProblems(problems) {
    for (const place of form.querySelectorAll(".plan-field__problems")) {
      const id = place.id.replace(/_error$/, "");
      const found = problems[id] || [];
      place.replaceChildren(...found.map(paragraph));
      const field = document.getElementById(id);
      if (field) {
        describe(field, place.id, found.length > 0);
      }
      const group = place.closest("details");
      if (found.length && group) {
        group.open = true;
      }
    }
    const own = problems[""] || [];
    const heading = Object.keys(problems).length ? [summary.dataset.heading] : [];
    summary.replaceChildren(...[...heading, ...own].map(paragraph));
  }

  function describe(field, id, isWrong) {
    const ids = new Set((field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
    if (isWrong) {
      field.setAttribute("aria-invalid", "true");
      ids.add(id);
    } else {
      field.removeAttribute("aria-invalid");
      ids.delete(id);
    }
    if (ids.size) {
      field.setAttribute("aria-describedby", [...ids].join(" "));
    } else {
      field.removeAttribute("aria-describedby");
    }
  }

  async function refresh() {
    clearTimeout(timer);
    asking?.abort();
    asking = new AbortController();
    let answer;
    try {
      const response = await fetch(form.dataset.preview, {
        method: "POST",
        body: new FormData(form),
        signal: asking.signal,
      });
      if (!response.ok) {
        return;
      }
      answer = await response.json();
    } catch {
      return; // Typed on, or offline: the drawing stays, and saving tells.
    }
    if (answer.drawing) {
      drawing.innerHTML = answer.drawing;
    }
    drawing.toggleAttribute("data-stale", !answer.drawing);
    showProblems(answer.problems);
  }

  function addBlock() {
    const total = form.elements["blocks-TOTAL_FORMS"];
    const number = Number(total.value);
    const template = document.getElementById("plan-next-block");
    const holder = document.createElement("div");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", number).replaceAll("__number__", number + 1);
    const block = holder.firstElementChild;
    form.querySelector(".plan-maker__buttons").before(block);
    total.value = number + 1;
    const name = block.querySelector("input[type=text]");
    name.focus();
    name.select();
    refresh();
  }

  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    // A chosen file is the plan; it is sent once, not at every key.
    if (!form.elements.file.files.length) {
      timer = setTimeout(refresh, QUIET);
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, [type=checkbox], [type=file]")) {
      refresh();
    }
  });
  form.addEventListener("submit", (event) => {
    const action = event.submitter?.value;
    if (action === "preview") {
      event.preventDefault();
      refresh();
    } else if (action === "add_block") {
      event.preventDefault();
      addBlock();
    }
  });
})();
