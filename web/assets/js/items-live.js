// <items-live src="/p/shop/live?…"> says above the list how many items are new, and keeps totals
// and times of the rows fresh, in place: nothing moves.
import { News } from "./news.js";

const STEPS = [[1e9, "B"], [1e6, "M"], [1e3, "k"]];

// As web::format::count.
function short(number) {
  const [step, letter] = STEPS.find(([step]) => number >= step) ?? [1, ""];
  const tenths = Math.floor(number / (step / 10));
  const is_whole = step === 1 || tenths >= 100 || tenths % 10 === 0;
  return (is_whole ? String(Math.floor(number / step)) : `${Math.floor(tenths / 10)}.${tenths % 10}`) + letter;
}

// As web::format::counted.
function counted(number, noun) {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

customElements.define("items-live", class extends HTMLElement {
  #news;
  #title = document.title;

  connectedCallback() {
    this.#news = new News(this.getAttribute("src"), (message) => this.#hear(message));
  }

  disconnectedCallback() {
    this.#news.end();
  }

  #hear(message) {
    if (message.new > 0) this.#announce(message.new);
    for (const item of message.items) {
      const row = document.querySelector(`[data-counter="${Number(item.counter)}"]`);
      if (row) this.#refresh(row, item);
    }
  }

  #announce(number) {
    const text = `${counted(number, "new item")} — show`;
    if (this.textContent === text) return;
    const link = document.createElement("a");
    link.className = "button button-main";
    link.href = location.pathname + location.search;
    link.textContent = text;
    this.replaceChildren(link);
    document.title = `(${number}) ${this.#title}`;
  }

  #refresh(row, item) {
    const total = row.querySelector(".item-total > [title]");
    const exact = counted(item.total, "occurrence");
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
