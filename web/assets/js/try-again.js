// <try-again seconds="2"> loads the page again after that time, but only once the server answers, so
// that a restart does not end on the browser's own error page. Without script a meta element does.
customElements.define("try-again", class extends HTMLElement {
  #timer;

  connectedCallback() {
    const wait = Number(this.getAttribute("seconds")) * 1000;
    this.#timer = setInterval(() => this.#ask(), wait);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  async #ask() {
    try {
      const answer = await fetch(location.href, { method: "HEAD" });
      if (answer.status !== 503) location.reload();
    } catch {
      // Not reachable just now: the next time may be better.
    }
  }
});
