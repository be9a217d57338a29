// <item-selection> says how many items of the list are selected, and lets two or more be merged.
// Without script the bar is there as soon as one is selected, and the server asks for a second.
customElements.define("item-selection", class extends HTMLElement {
  #count = () => {
    const number = document.querySelectorAll(".item-pick input:checked").length;
    this.querySelector("[role=status]").textContent = number === 1 ? "1 item selected" : `${number} items selected`;
    this.querySelector(".button-main").disabled = number < 2;
  };

  connectedCallback() {
    document.addEventListener("change", this.#count);
    // A reset is told before it happens; the browser's way back brings a selection along.
    document.addEventListener("reset", () => setTimeout(this.#count));
    addEventListener("pageshow", this.#count);
    this.#count();
  }

  disconnectedCallback() {
    document.removeEventListener("change", this.#count);
    removeEventListener("pageshow", this.#count);
  }
});
