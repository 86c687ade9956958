/* Contenders: the table narrowed to a role or a verdict. */
(() => {
  const table = document.querySelector("#contenders table.sortable");
  if (!table || table.tBodies[0].rows.length < 3) return;
  const rows = [...table.tBodies[0].rows];
  const having = (name, value) => (row) => row.dataset[name] === value;
  const choices = [
    ["All contenders", () => true],
    ["The source", having("role", "source")],
    ["Targets", having("role", "target")],
    ...["migrate", "inconclusive", "hold"].map((verdict) => [`Verdict: ${verdict}`, having("verdict", verdict)]),
  ].filter(([, holds]) => rows.some(holds));
  const select = page.make("select", { id: "show-contenders" }, ...choices.map(([name, holds], place) =>
    page.make("option", { value: place }, `${name} (${rows.filter(holds).length})`)));
  select.addEventListener("change", () => {
    const [, holds] = choices[Number(select.value)];
    for (const row of rows) row.hidden = !holds(row);
    page.say(`${rows.filter(holds).length} of ${rows.length} contenders shown`);
  });
  table.parentElement.before(page.make("div", { class: "controls" }, page.field("Show", select)));
})();
