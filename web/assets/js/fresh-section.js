// <fresh-section id="deletions"> reads its part of the page again for as long as work goes on in it,
// which a <progress> says.
const AGAIN_MS = 2_000;

customElements.define("fresh-section", class extends HTMLElement {
  #timer;

  connectedCallback() {
    this.#wait();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #wait() {
    if (this.querySelector("progress")) this.#timer = setTimeout(() => this.#refresh(), AGAIN_MS);
  }

  async #refresh() {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(this.id);
      if (answer.ok && fresh) this.replaceChildren(...fresh.childNodes);
    } catch {
      // The server is away: what is shown stays, and the next time may be better.
    }
    this.#wait();
  }
});
