// <confirm-dialog> asks in a <dialog> what the <details> in it asks on the page without script.
customElements.define("confirm-dialog", class extends HTMLElement {
  connectedCallback() {
    const details = this.querySelector("details");
    if (!details) return;
    const [summary, form] = [details.querySelector("summary"), details.querySelector("form")];
    const heading = form.querySelector("h2, h3, h4");
    heading.id ||= `confirm-${crypto.getRandomValues(new Uint32Array(1))[0]}`;

    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", heading.id);
    const cancel = this.#button("button", ["Cancel"], () => dialog.close());
    // What is confirmed here cannot be undone: Enter should not do it by itself.
    cancel.autofocus = true;
    form.querySelector(".form-actions").prepend(cancel);
    dialog.append(form);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });

    const open = this.#button(summary.className, summary.childNodes, () => dialog.showModal());
    open.setAttribute("aria-haspopup", "dialog");
    this.replaceChildren(open, dialog);
  }

  #button(className, content, press) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.append(...content);
    button.addEventListener("click", press);
    return button;
  }
});
