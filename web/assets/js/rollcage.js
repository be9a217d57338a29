// All custom elements. Each enhances markup that works without it.
import "./auto-save.js";
import "./browser-zone.js";
import "./confirm-dialog.js";
import "./copy-button.js";
import "./drop-menu.js";
import "./first-occurrence.js";
import "./fresh-section.js";
import "./item-list.js";
import "./item-selection.js";
import "./items-live.js";
import "./relative-time.js";
import "./try-again.js";
