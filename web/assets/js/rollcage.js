// All custom elements. Each enhances markup that works without it.
import "./copy-button.js";
import "./drop-menu.js";
import "./first-occurrence.js";
import "./item-list.js";
import "./relative-time.js";
import "./try-again.js";
