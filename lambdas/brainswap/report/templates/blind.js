/* The sheet: one pair at a time, grades that this browser keeps, and a file of them. Nothing is sent anywhere. */
(() => {
  const { make, say, onKey } = page;
  const main = document.getElementById("sheet");
  const { sheet, file } = main.dataset;
  const rows = [...main.querySelectorAll(".pair")];
  const offered = [["A", "A is better"], ["B", "B is better"], ["same", "Same"], ["both bad", "Both bad"]];
  const known = new Set(offered.map(([grade]) => grade));
  const place = `brainswap-blind-${sheet}`;

  /* What this browser keeps of an earlier visit; whatever else stands there is not believed. */
  const grades = rows.map(() => null);
  let downloaded = "";
  let keeps = true;
  const kept = () => {
    try { return JSON.parse(localStorage.getItem(place) ?? "{}") ?? {}; } catch { keeps = false; return {}; }
  };
  const keep = () => {
    try { localStorage.setItem(place, JSON.stringify({ grades, downloaded })); keeps = true; } catch { keeps = false; }
  };
  const earlier = kept();
  if (Array.isArray(earlier.grades)) {
    earlier.grades.slice(0, rows.length).every((grade, row) => known.has(grade) && ((grades[row] = grade), true));
  }
  if (typeof earlier.downloaded === "string") downloaded = earlier.downloaded;
  const done = () => { const open = grades.indexOf(null); return open < 0 ? rows.length : open; };
  const said = () => grades.join("|");
  const unsaved = () => done() > 0 && said() !== downloaded;

  /* The desk below the answers. */
  const buttons = offered.map(([grade, words], index) => {
    const button = make("button", { type: "button", "aria-pressed": "false" }, make("kbd", { "aria-hidden": "true" }, `${index + 1}`), words);
    button.addEventListener("click", () => give(grade));
    return button;
  });
  const wayTo = (words, act) => {
    const button = make("button", { type: "button" }, words);
    button.addEventListener("click", act);
    return button;
  };
  const before = wayTo("Previous", () => show(now - 1));
  const after = wayTo("Next", () => show(now + 1));
  const open = wayTo("First without a grade", () => show(Math.min(done(), rows.length - 1)));
  const fetched = wayTo("Download grades", () => download());
  const anew = wayTo("Start over", () => {
    if (!confirm("Forget every grade that was given in this browser?")) return;
    grades.fill(null);
    downloaded = "";
    keep();
    show(0);
  });
  const bar = make("progress", { max: `${rows.length}`, "aria-label": "Cases with a grade" });
  const count = make("span");
  const warning = make("span", { class: "unsaved" });
  document.body.append(make("div", { class: "desk", role: "region", "aria-label": "Grades" },
    make("div", { class: "grades", role: "group", "aria-label": "Which answer is better?" }, ...buttons),
    make("div", { class: "ways" }, before, after, fetched, bar, count, warning)));
  main.append(make("div", { class: "controls" }, open, anew));

  let now = 0;
  const name = (grade) => offered.find(([each]) => each === grade)[1];
  const tell = () => {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", `${grades[now] === offered[index][0]}`));
    before.disabled = now === 0;
    after.disabled = now >= rows.length - 1 || now >= done();
    open.disabled = now === Math.min(done(), rows.length - 1);
    fetched.disabled = anew.disabled = done() === 0;
    bar.value = done();
    count.textContent = `${done()} of ${rows.length} graded`;
    warning.textContent = !keeps ? "This browser keeps nothing: download before you close the page."
      : unsaved() ? "Not downloaded yet" : "";
    rows.forEach((row, index) => {
      row.querySelector(".grade").textContent = grades[index] === null ? "" : `Your grade: ${name(grades[index])}`;
    });
  };
  const show = (row) => {
    if (row < 0 || row >= rows.length || row > done()) return;
    now = row;
    rows.forEach((each, index) => { each.hidden = index !== row; });
    tell();
    rows[row].querySelector("h2").focus({ preventScroll: true });
    scrollTo(0, rows[row].offsetTop);
  };
  const give = (grade) => {
    const first = grades[now] === null;
    grades[now] = grade;
    keep();
    if (first && now < rows.length - 1) show(now + 1);
    else tell();
    say(done() === rows.length ? `${name(grade)}. All cases have a grade; download them.` : `${name(grade)}. ${count.textContent}.`);
  };
  const download = () => {
    const lines = rows.map((row, index) => `${row.dataset.key},${grades[index] ?? ""}`);
    const address = URL.createObjectURL(new Blob([["key,grade", ...lines, ""].join("\r\n")], { type: "text/csv" }));
    const link = make("a", { href: address, download: file });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    downloaded = said();
    keep();
    tell();
    say(`Downloaded ${count.textContent}`);
  };

  offered.forEach(([grade, words], index) => onKey([`${index + 1}`], words, () => give(grade)));
  onKey(["ArrowLeft"], "the case before", () => show(now - 1));
  onKey(["ArrowRight"], "the next case, as far as there are grades", () => show(now + 1));
  onKey(["d"], "download the grades", () => done() > 0 && download());
  addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
  show(Math.min(done(), rows.length - 1));
})();
