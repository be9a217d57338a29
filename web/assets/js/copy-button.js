// <copy-button for="token" label="Copy the token"> copies the text of #token; without script the
// text can be selected.
const SHOWN_MS = 2000;

customElements.define("copy-button", class extends HTMLElement {
  connectedCallback() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", this.getAttribute("label") ?? "Copy");
    button.addEventListener("click", () => this.#copy(button));
    this.replaceChildren(button);
  }

  async #copy(button) {
    const source = document.getElementById(this.getAttribute("for"));
    try {
      await navigator.clipboard.writeText(source.textContent);
      this.#say(button, "Copied");
    } catch {
      // Over plain http there is no clipboard: select the text, so that one key copies it.
      getSelection().selectAllChildren(source);
      this.#say(button, "Selected");
    }
  }

  #say(button, word) {
    const label = this.getAttribute("label") ?? "Copy";
    button.textContent = word;
    button.setAttribute("aria-label", word);
    setTimeout(() => {
      button.textContent = "Copy";
      button.setAttribute("aria-label", label);
    }, SHOWN_MS);
  }
});
