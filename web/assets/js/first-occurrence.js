// <first-occurrence src="/p/shop/start/first"> asks every second whether something has arrived and
// then shows the link to it; without script the page can be asked again.
const ASK_MS = 1000;
const ASK_AFTER_FAILURE_MS = 5000;

customElements.define("first-occurrence", class extends HTMLElement {
  #timer;

  connectedCallback() {
    if (!this.hasAttribute("arrived")) this.#ask();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  async #ask() {
    let wait = ASK_MS;
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const { url } = await answer.json();
      if (url) return this.#show(url);
    } catch {
      wait = ASK_AFTER_FAILURE_MS;
    }
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  #show(url) {
    this.querySelector(".arrival").classList.add("arrival-here");
    this.querySelector(".pulse").classList.add("pulse-done");
    this.querySelector(".arrival-state").lastChild.textContent = "It arrived.";
    const link = document.createElement("a");
    link.className = "button button-main";
    link.href = url;
    link.textContent = "Open the item";
    this.querySelector(".arrival-action").replaceChildren(link);
    document.title = `It arrived: ${document.title}`;
  }
});
