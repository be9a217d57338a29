// <auto-save to="/account"> sends the form in it as soon as something is changed, and says so beside
// it; without script its button does. `to` is where an answer leads that accepts it: any other one,
// a refusal or a sign-in, is asked for again as a page, which tells.
const SHOWN_MS = 2000;

customElements.define("auto-save", class extends HTMLElement {
  #state = document.createElement("span");
  #timer;
  #last = Promise.resolve();

  connectedCallback() {
    const form = this.querySelector("form");
    this.#state.className = "saved";
    this.#state.setAttribute("role", "status");
    form.querySelector("button").replaceWith(this.#state);
    form.addEventListener("change", () => {
      // One after another, or an older choice could arrive last.
      this.#last = this.#last.then(() => this.#save(form));
    });
  }

  async #save(form) {
    this.#say("Saving");
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body });
      const is_saved = answer.ok && new URL(answer.url).pathname === this.getAttribute("to");
      if (!is_saved) return form.submit();
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
