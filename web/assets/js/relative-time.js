// <relative-time> keeps the <time> in it fresh, in the words of web::format::ago. It counts on from
// the server's clock, for this machine's may be wrong. The exact time beside it is the server's, in
// the reader's zone, and is left alone.
const EACH_MS = 15_000;
const UNITS = [[31_536_000, "y"], [2_592_000, "mo"], [86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

function ago(seconds) {
  const distance = Math.abs(seconds);
  if (distance < 10) return "now";
  const [unit, name] = UNITS.find(([unit]) => distance >= unit);
  const text = `${Math.floor(distance / unit)} ${name}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

customElements.define("relative-time", class extends HTMLElement {
  #timer;

  connectedCallback() {
    this.#timer = setInterval(() => this.#show(), EACH_MS);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  // Shows another time; what the exact one is in the reader's zone, only the server knows.
  at(time) {
    const element = this.querySelector("time");
    element.dateTime = time;
    element.removeAttribute("title");
    this.#show();
  }

  #show() {
    const time = this.querySelector("time");
    const now = Date.parse(document.body.dataset.now) + performance.now();
    const text = ago(Math.floor((now - Date.parse(time.dateTime)) / 1000));
    if (text !== time.textContent) time.textContent = text;
  }
});
