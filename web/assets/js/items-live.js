// <items-live src="/p/shop/live?…"> says above the list how many items are new, and keeps totals
// and times of the rows fresh, in place: nothing moves. It listens only while the page is seen.
const AGAIN_MS = 5_000;
const AGAIN_MAX_MS = 300_000;
const STEPS = [[1e9, "B"], [1e6, "M"], [1e3, "k"]];

// As web::format::count.
function short(number) {
  const [step, letter] = STEPS.find(([step]) => number >= step) ?? [1, ""];
  const tenths = Math.floor(number / (step / 10));
  const is_whole = step === 1 || tenths >= 100 || tenths % 10 === 0;
  return (is_whole ? String(Math.floor(number / step)) : `${Math.floor(tenths / 10)}.${tenths % 10}`) + letter;
}

customElements.define("items-live", class extends HTMLElement {
  #source;
  #timer;
  #wait = AGAIN_MS;
  #title = document.title;
  #look = () => (document.hidden ? this.#close() : this.#open());
  #leave = () => this.#close();

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#look);
    addEventListener("pageshow", this.#look);
    addEventListener("pagehide", this.#leave);
    this.#look();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("pageshow", this.#look);
    removeEventListener("pagehide", this.#leave);
    this.#close();
  }

  #open() {
    if (this.#source) return;
    clearTimeout(this.#timer);
    this.#source = new EventSource(this.getAttribute("src"));
    this.#source.onopen = () => { this.#wait = AGAIN_MS; };
    this.#source.onmessage = (event) => this.#hear(JSON.parse(event.data));
    this.#source.onerror = () => {
      // The browser connects again by itself, unless the server said no: a restart, or signed out.
      if (this.#source.readyState !== EventSource.CLOSED) return;
      this.#close();
      this.#timer = setTimeout(this.#look, this.#wait);
      this.#wait = Math.min(2 * this.#wait, AGAIN_MAX_MS);
    };
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #hear(message) {
    if (message.new > 0) this.#announce(message.new);
    for (const item of message.items) {
      const row = document.querySelector(`[data-counter="${Number(item.counter)}"]`);
      if (row) this.#refresh(row, item);
    }
  }

  #announce(number) {
    const text = number === 1 ? "1 new item" : `${number.toLocaleString("en-US")} new items`;
    if (this.textContent.startsWith(`${text} `)) return;
    const link = document.createElement("a");
    link.className = "button button-main";
    link.href = location.pathname + location.search;
    link.textContent = `${text} — show`;
    this.replaceChildren(link);
    document.title = `(${number}) ${this.#title}`;
  }

  #refresh(row, item) {
    const total = row.querySelector(".item-total > [title]");
    const exact = `${item.total.toLocaleString("en-US")} ${item.total === 1 ? "occurrence" : "occurrences"}`;
    if (total.title === exact) return;
    total.title = exact;
    total.textContent = short(item.total);
    const seen = row.querySelector(".item-last relative-time");
    seen.at(item.last_seen);
    for (const cell of [total, seen]) {
      cell.classList.remove("fresh");
      void cell.offsetWidth; // so that the highlight begins again
      cell.classList.add("fresh");
    }
  }
});
