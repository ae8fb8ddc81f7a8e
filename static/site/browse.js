// Empty filters stay out of the address, so that it can be shared and is cached once.
(() => {
  const form = document.getElementById("search");
  form.addEventListener("htmx:configRequest", (event) => {
    const parameters = event.detail.parameters;
    for (const name of [...new Set([...parameters.keys()])]) {
      if (parameters.get(name) === "") parameters.delete(name);
    }
  });
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData.entries()]) {
      if (value === "") event.formData.delete(name);
    }
  });
})();
