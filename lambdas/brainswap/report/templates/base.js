"use strict";

/* What every page has: elements made of text, a voice for screen readers, keys with a dialog that names them, and
   tables that sort. Text goes into text nodes and nowhere else; the policy of the page forbids making markup of it. */
const page = (() => {
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  /* A control under its label; one in which to tick stands before it. */
  const field = (name, control, kind = "") => {
    const label = make("label", { for: control.id }, name);
    return make("div", { class: `field ${kind}`.trim() }, ...(kind === "check" ? [control, label] : [label, control]));
  };

  const voice = make("p", { class: "unseen", role: "status" });
  document.body.append(voice);
  const say = (text) => { voice.textContent = text; };

  /* Keys. Single letters can be switched off (WCAG 2.2, 2.1.4): who dictates would press them by speaking. */
  const keys = new Map();
  const listed = make("dl");
  const switchedOn = make("input", { type: "checkbox", id: "keys-on" });
  switchedOn.checked = true;
  const close = make("button", { type: "button" }, "Close");
  const dialog = make("dialog", { "aria-labelledby": "keys-heading" },
    make("h2", { id: "keys-heading" }, "Keys"),
    listed,
    make("div", { class: "controls" },
      field("Single keys act", switchedOn, "check"), close));
  document.body.append(dialog);
  close.addEventListener("click", () => dialog.close());

  const describe = (names, does) => {
    listed.append(
      make("dt", {}, ...names.flatMap((name, place) => (place ? [" ", make("kbd", {}, name)] : [make("kbd", {}, name)]))),
      make("dd", {}, does));
  };
  const onKey = (names, does, act) => {
    for (const name of names) keys.set(name, act);
    describe(names, does);
  };
  const help = () => { if (!dialog.open) dialog.showModal(); };

  const typing = (target) => target instanceof Element && target.closest("input:not([type=checkbox]), select, textarea");
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!switchedOn.checked || dialog.open || typing(event.target)) return;
    const act = keys.get(event.key);
    if (act && act(event) !== false) event.preventDefault();
  });

  /* Tables. A figure that is unknown is below all others, whichever way they are sorted. */
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const given = cell.dataset.sort;
    if (given === undefined) return cell.textContent.trim();
    return given === "" ? null : Number(given);
  };
  const compare = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));

  const sortBy = (table, column, direction) => {
    const sign = direction === "ascending" ? 1 : -1;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [valueOf(row, column), row]);
    rows.sort(([one], [other]) => {
      if (one === null || other === null) return (one === null) - (other === null);
      return sign * compare(one, other);
    });
    body.append(...rows.map(([, row]) => row));
  };

  const sortable = (table) => {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const name = heading.textContent;
      const button = make("button", { type: "button", class: "sort" }, name);
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const direction = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        for (const each of headings) each.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", direction);
        sortBy(table, column, direction);
        say(`Sorted by ${name}, ${direction}`);
      });
    });
  };

  for (const table of document.querySelectorAll("table.sortable")) sortable(table);
  onKey(["?"], "this list", help);
  document.documentElement.classList.add("scripted");
  return { make, field, say, onKey, describe, help };
})();
