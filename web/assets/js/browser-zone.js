// <browser-zone for="zone"> offers the browser's own time zone, where #zone has another one.
customElements.define("browser-zone", class extends HTMLElement {
  connectedCallback() {
    const select = document.getElementById(this.getAttribute("for"));
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const is_offered = [...select.options].some((option) => option.value === zone);
    if (!is_offered || select.value === zone) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet";
    button.textContent = `Use this browser’s: ${zone.replaceAll("_", " ")}`;
    button.addEventListener("click", () => {
      select.value = zone;
      select.form.requestSubmit();
    });
    this.replaceChildren(button);
  }
});
