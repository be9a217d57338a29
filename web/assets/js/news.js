// News from a URL as server-sent events, while the page is seen: a hidden page holds no connection.
const AGAIN_MS = 5_000;
const AGAIN_MAX_MS = 300_000;

export class News {
  #url;
  #hear;
  #source;
  #timer;
  #wait = AGAIN_MS;
  #look = () => (document.hidden ? this.#close() : this.#open());
  #leave = () => this.#close();

  constructor(url, hear) {
    this.#url = url;
    this.#hear = hear;
    document.addEventListener("visibilitychange", this.#look);
    addEventListener("pageshow", this.#look);
    addEventListener("pagehide", this.#leave);
    this.#look();
  }

  end() {
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("pageshow", this.#look);
    removeEventListener("pagehide", this.#leave);
    this.#close();
  }

  #open() {
    if (this.#source) return;
    clearTimeout(this.#timer);
    this.#source = new EventSource(this.#url);
    this.#source.onopen = () => { this.#wait = AGAIN_MS; };
    this.#source.onmessage = (event) => this.#hear(JSON.parse(event.data));
    this.#source.onerror = () => {
      // The browser connects again by itself, unless the server said no: a restart, or signed out.
      if (this.#source?.readyState !== EventSource.CLOSED) return;
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
}
