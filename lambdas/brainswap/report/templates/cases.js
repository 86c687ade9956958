/* Cases: searched, narrowed, walked through by keys, and each with an address. */
(() => {
  const folds = [...document.querySelectorAll("#cases .case")];
  if (!folds.length) return;
  const make = page.make;

  /* From here on the script says what is in view; rules that ask for the address would cost every search a quarter of
     a second. */
  const [sheet] = document.styleSheets;
  for (let place = sheet.cssRules.length - 1; place >= 0; place -= 1) {
    if (sheet.cssRules[place].selectorText?.startsWith(":root:not(.scripted)")) sheet.deleteRule(place);
  }

  const list = document.querySelector("#cases .folds");
  const links = [...document.querySelectorAll("#cases .filters a")];
  const summaryOf = (fold) => fold.querySelector("summary");
  const placeOf = (fold) => fold.querySelector(".question").id;
  const AT_ONCE = 50; // folds in view until more are asked for: what comes after the cases stays within reach
  const number = new Intl.NumberFormat("en-GB");

  const chosen = { selector: links[0]?.dataset.shows ?? "*", segment: "", critical: false, words: [] };
  const texts = new Map(); // lower-case text of each case, gathered when somebody first searches
  const textOf = (fold) => {
    if (!texts.has(fold)) texts.set(fold, fold.textContent.toLowerCase());
    return texts.get(fold);
  };

  /* Controls */
  const search = make("input", { type: "search", id: "search-cases", autocomplete: "off", spellcheck: "false" });
  const critical = make("input", { type: "checkbox", id: "critical-cases" });
  const counted = make("p", { class: "quiet counted", role: "status" });
  const more = make("button", { type: "button", class: "more" });
  const keysButton = make("button", { type: "button" }, "Keys");
  keysButton.addEventListener("click", page.help);
  const named = new Map();
  for (const fold of folds) {
    const place = fold.dataset.segment;
    if (place !== "-1" && !named.has(place)) named.set(place, summaryOf(fold).querySelector(".tag").textContent);
  }
  const segment = make("select", { id: "segment-of-cases" }, make("option", { value: "" }, "All segments"),
    ...[...named].map(([place, name]) => make("option", { value: place }, name)));
  const controls = make("div", { class: "controls", role: "search", "aria-label": "Cases" },
    page.field("Search ids, inputs, answers and reasons", search, "wide"),
    ...(named.size > 1 ? [page.field("Segment", segment)] : []),
    ...(folds.some((fold) => fold.matches(".critical")) ? [page.field("Critical only", critical, "check")] : []),
    keysButton);

  /* What is in view */
  const holds = (fold) =>
    fold.matches(chosen.selector) &&
    (!chosen.segment || fold.dataset.segment === chosen.segment) &&
    (!chosen.critical || fold.classList.contains("critical")) &&
    chosen.words.every((word) => textOf(fold).includes(word));
  let found = folds; // those that hold, of which the first are in view
  let limit = AT_ONCE;

  const underline = () => {
    if (!CSS.highlights) return;
    CSS.highlights.delete("found");
    if (!chosen.words.length) return;
    const ranges = [];
    for (const fold of folds) {
      if (fold.hidden) continue;
      const walker = document.createTreeWalker(fold.open ? fold : summaryOf(fold), NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode.data.toLowerCase();
        if (text.length !== walker.currentNode.data.length) continue;
        for (const word of chosen.words) {
          for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
            const range = new Range();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + word.length);
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  const display = () => {
    const shown = new Set(found.slice(0, limit));
    for (const fold of folds) {
      const hidden = !shown.has(fold);
      if (fold.hidden !== hidden) fold.hidden = hidden;
    }
    const left = found.length - shown.size;
    more.hidden = !left;
    more.textContent = `Show ${number.format(Math.min(left, 4 * AT_ONCE))} more of ${number.format(left)}`;
    underline();
  };
  const showMore = (until) => {
    limit = Math.max(limit, until);
    display();
  };

  const narrow = () => {
    found = folds.filter(holds);
    limit = AT_ONCE;
    for (const link of links) {
      if (link.dataset.shows === chosen.selector) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    counted.textContent = found.length
      ? `${number.format(found.length)} of ${number.format(folds.length)} cases`
      : "No case is like that. Choose All, or another word.";
    display();
  };

  const showAll = () => {
    Object.assign(chosen, { selector: "*", segment: "", critical: false, words: [] });
    search.value = "";
    segment.value = "";
    critical.checked = false;
    narrow();
  };

  /* Addresses */
  const address = (fold) => history.replaceState(null, "", `#${placeOf(fold)}`);
  const places = new Map(folds.map((fold) => [placeOf(fold), fold]));
  const byId = new Map(folds.map((fold) => [`case-${summaryOf(fold).querySelector("b").textContent}`, fold]));
  const follow = () => {
    let place = location.hash.slice(1);
    try { place = decodeURIComponent(place); } catch { /* no address of ours */ }
    const link = links.find((each) => each.id === place);
    if (link) {
      chosen.selector = link.dataset.shows;
      narrow();
    }
    const fold = places.get(place) ?? byId.get(place);
    if (!fold) return;
    if (!found.includes(fold)) showAll();
    showMore(found.indexOf(fold) + 1);
    fold.open = true;
    summaryOf(fold).focus({ preventScroll: true });
    fold.scrollIntoView({ block: "start" });
  };

  /* From case to case: what a key opened, the next one closes. */
  let opened = null;
  const current = () => document.activeElement?.closest("#cases .case") ?? opened;
  const step = (by) => {
    if (!found.length) return;
    const at = found.indexOf(current());
    const place = at < 0 ? 0 : Math.min(found.length - 1, Math.max(0, at + by));
    const next = found[place];
    if (next.hidden) showMore(place + AT_ONCE);
    if (opened && opened !== next) opened.open = false;
    opened = next;
    next.open = true;
    summaryOf(next).focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
    address(next);
    underline();
    page.say(`Case ${place + 1} of ${found.length}`);
  };
  const onSummary = () => document.activeElement?.matches("#cases .case > summary");

  page.describe(["Esc"], "clears the search, closes the case");
  page.onKey(["/"], "search the cases", () => { search.focus(); search.select(); });
  page.onKey(["j"], "next case", () => step(1));
  page.onKey(["k"], "case before", () => step(-1));
  page.onKey(["ArrowDown"], "next case, from a case's own line", () => onSummary() && step(1));
  page.onKey(["ArrowUp"], "case before, from a case's own line", () => onSummary() && step(-1));

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (document.activeElement === search) {
      search.value = "";
      chosen.words = [];
      narrow();
      search.blur();
      return;
    }
    const fold = current();
    if (!fold?.open) return;
    fold.open = false;
    summaryOf(fold).focus();
  });

  search.addEventListener("input", () => {
    chosen.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    narrow();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && found.length) summaryOf(found[0]).focus();
  });
  segment.addEventListener("change", () => { chosen.segment = segment.value; narrow(); });
  critical.addEventListener("change", () => { chosen.critical = critical.checked; narrow(); });
  list.addEventListener("click", (event) => {
    const fold = event.target.closest("summary")?.closest(".case");
    if (!fold) return;
    if (!fold.open) address(fold);
    requestAnimationFrame(underline);
  });
  addEventListener("hashchange", follow);

  more.addEventListener("click", () => {
    const next = found[limit];
    showMore(limit + 4 * AT_ONCE);
    summaryOf(next).focus();
  });
  list.before(controls, counted);
  list.after(more);
  narrow();
  follow();
})();
