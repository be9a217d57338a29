// <auto-save> sends the form in it as soon as something is changed, and says so beside it; without
// script its button does. A form that is refused is sent again as a page, which tells why.
const SHOWN_MS = 2000;

customElements.define("auto-save", class extends HTMLElement {
  #state = document.createElement("span");
  #timer;

  connectedCallback() {
    const form = this.querySelector("form");
    this.#state.className = "saved";
    this.#state.setAttribute("role", "status");
    form.querySelector("button").replaceWith(this.#state);
    form.addEventListener("change", () => this.#save(form));
  }

  async #save(form) {
    this.#say("Saving");
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      if (answer.type !== "opaqueredirect") return form.submit();
      this.#say("Saved");
      this.#timer = setTimeout(() => this.#say(""), SHOWN_MS);
    } catch {
      this.#say("Not saved: the server cannot be reached");
    }
  }

  #say(text) {
    clearTimeout(this.#timer);
    this.#state.textContent = text;
  }
});
