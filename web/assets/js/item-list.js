// <item-list>: j and k move between the items in it, x selects the one they are at, / goes to the
// search field; Enter opens, as for any link.
customElements.define("item-list", class extends HTMLElement {
  #listen = (event) => this.#press(event);

  connectedCallback() {
    document.addEventListener("keydown", this.#listen);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#listen);
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")) return;
    if (event.key === "j") this.#move(1);
    else if (event.key === "k") this.#move(-1);
    else if (event.key === "x") document.activeElement.closest(".item")?.querySelector(".item-pick input")?.click();
    else if (event.key === "/") document.getElementById("filter-q")?.focus();
    else return;
    event.preventDefault();
  }

  #move(step) {
    const links = [...this.querySelectorAll(".item-title a")];
    const at = links.findIndex((link) => link.closest(".item").contains(document.activeElement));
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next]?.focus();
  }
});
