/* The portal: what there is, asked for by the visitor's own token, which stays in memory. Text becomes text nodes. */
(() => {
  const { make, field, say } = page;
  const main = document.querySelector("main");
  const { client, domain } = document.getElementById("sign-in").dataset;
  const here = `${location.origin}/`;
  let bearer = null;

  /* Signing in: an authorisation code with proof of possession (RFC 7636), so that no secret is in the page. */
  const base64 = (data) =>
    btoa(String.fromCharCode(...new Uint8Array(data))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const random = (size) => base64(crypto.getRandomValues(new Uint8Array(size)));
  const signIn = async () => {
    const kept = { verifier: random(48), state: random(24), place: location.hash };
    sessionStorage.setItem("sign-in", JSON.stringify(kept));
    const challenge = base64(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(kept.verifier)));
    const asked = new URLSearchParams({
      response_type: "code", client_id: client, redirect_uri: here, scope: "openid email", state: kept.state,
      code_challenge_method: "S256", code_challenge: challenge,
    });
    location.assign(`https://${domain}/oauth2/authorize?${asked}`);
  };
  const comeBack = async (asked) => {
    const kept = JSON.parse(sessionStorage.getItem("sign-in") ?? "{}");
    sessionStorage.removeItem("sign-in");
    history.replaceState(null, "", `${here}${kept.place ?? ""}`);
    if (!kept.state || kept.state !== asked.get("state")) return;
    const answer = await fetch(`https://${domain}/oauth2/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "authorization_code", client_id: client, code: asked.get("code"), redirect_uri: here,
        code_verifier: kept.verifier,
      }),
    });
    if (answer.ok) bearer = (await answer.json()).id_token;
  };
  const begin = async () => {
    const asked = new URLSearchParams(location.search);
    if (domain) {
      if (asked.has("code")) await comeBack(asked);
      if (!bearer) return signInPage();
    } else {
      const given = location.hash.match(/^#token=([\w-]+)$/);
      if (given) sessionStorage.setItem("bearer", given[1]);
      if (given) history.replaceState(null, "", here);
      bearer = sessionStorage.getItem("bearer");
    }
    return show();
  };

  const api = async (path, body) => {
    const headers = { authorization: `Bearer ${bearer}` };
    if (body) headers["content-type"] = "application/json";
    const sent = body ? JSON.stringify(body) : undefined;
    const answer = await fetch(`/api/${path}`, { method: body ? "POST" : "GET", headers, body: sent, redirect: "error" });
    if (answer.status === 401 && domain) {
      await signIn();
      return new Promise(() => {});
    }
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(found.error ?? found.message ?? `the portal answered ${answer.status}`);
    return found;
  };

  /* What is shown. */
  const view = (title, ...parts) => {
    const heading = make("h1", { tabindex: "-1" }, title);
    main.replaceChildren(make("section", {}, make("header", {}, heading), ...parts));
    document.title = `${title} \u00b7 Brainswap`;
    heading.focus();
  };
  const link = (place, text) => make("a", { href: `#/${place}` }, text);
  const quiet = (text) => make("p", { class: "quiet" }, text);
  const up = (place, text) => make("p", { class: "up" }, link(place, text));
  const signInPage = () => {
    const button = make("button", { type: "button" }, "Sign in");
    button.addEventListener("click", signIn);
    view("Sign in", quiet("Reports, runs and decisions of this account."), make("div", { class: "controls" }, button));
  };
  const percent = (share) => (share === null ? "unknown" : `${(100 * share).toFixed(1)} %`);
  const quality = (scores) => Object.entries(scores).map(([name, { mean, low, high }]) =>
    make("span", { class: "score" }, make("b", {}, percent(mean)),
      make("small", {}, `${name}${low === null || high === null ? "" : `, ${percent(low)} to ${percent(high)}`}`)));
  const origins = { bedrock: "", recorded: "recorded answers", simulated: "SIMULATED answers", mixed: "answers of mixed origin" };
  const kinds = { migrate: "good", hold: "bad", refused: "bad", inconclusive: "open" };
  const verdict = (run) => [
    make("span", { class: `mark ${kinds[run.verdict] ?? "none"}` }, run.verdict),
    ...(origins[run.models] ? [make("small", {}, origins[run.models])] : []),
    ...(run.stale?.length ? [make("small", {}, `STALE: ${run.stale.join("; ")}`)] : []),
  ];

  const workloads = async () => {
    const { workloads: names } = await api("workloads");
    view("Workloads", names.length
      ? make("ul", { class: "lines" }, ...names.map((name) => make("li", {}, link(`w/${name}`, name))))
      : quiet("No run has ended in a report yet."));
  };

  const row = (run) => make("tr", {},
    make("th", { scope: "row" }, link(`r/${run.run_id}`, run.run_id),
      make("small", {}, new Date(run.created_at).toLocaleString("en-GB", { timeZone: "UTC" }), " UTC")),
    make("td", {}, ...verdict(run)),
    make("td", {}, run.source ?? "nothing was asked", make("small", {}, run.target ? `to ${run.target}` : "")),
    make("td", {}, ...quality(run.quality)),
    make("td", {}, run.cost_usd === null ? "unknown" : `$${run.cost_usd.toPrecision(3)}`),
    make("td", {}, run.differences.join(", ")));
  const runs = async (name) => {
    const box = make("input", { type: "search", id: "find" });
    const rows = make("tbody");
    const many = quiet("");
    const heads = ["Run", "Verdict", "Models", "Quality of the target", "Per 1,000", "Different from the run before"];
    const load = async () => {
      const found = await api(`workloads/${name}/runs?${new URLSearchParams({ find: box.value })}`);
      rows.replaceChildren(...found.runs.map(row));
      many.textContent = `${found.found} of ${found.of} runs${found.found > found.runs.length ? `, the newest ${found.runs.length} shown` : ""}.`;
      say(many.textContent);
    };
    let waiting = 0;
    box.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => load().catch(failed), 200);
    });
    await load();
    const table = make("table", { class: "words" },
      make("caption", {}, `Runs of ${name}`),
      make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), rows);
    view(name, up("", "All workloads"), make("div", { class: "controls" }, field("Find by id, verdict, model or date", box, "wide")),
      many, make("div", { class: "scroll", role: "region", "aria-label": `Runs of ${name}`, tabindex: "0" }, table));
  };

  const open = (run, file) => {
    const button = make("button", { type: "button" }, file === "report.html" ? "Open the report" : file);
    button.addEventListener("click", async () => {
      try {
        const { url } = await api(`runs/${run}/files/${file}`);
        window.open(url, "_blank", "noopener,noreferrer");
      } catch (error) { failed(error); }
    });
    return button;
  };
  const words = (record) => make("ul", { class: "lines" }, ...record.words.map((word) =>
    make("li", {}, `${word.approves ? "Approved" : "Rejected"} by ${word.person}${word.text ? `: ${word.text}` : ""}`)));
  const decide = (run, record, you) => {
    const comment = make("textarea", { id: "comment", rows: "3", maxlength: "2000" });
    const read = make("input", { type: "checkbox", id: "read" });
    const yes = make("button", { type: "button", disabled: "" }, "Approve");
    const no = make("button", { type: "button" }, "Reject");
    read.addEventListener("change", () => { yes.disabled = !read.checked; });
    const act = (path, body) => async () => {
      yes.disabled = no.disabled = true;
      try {
        await api(`runs/${run}/${path}`, body());
        await one(run);
        say(path === "approve" ? "Approved" : "Rejected");
      } catch (error) {
        yes.disabled = !read.checked;
        no.disabled = false;
        failed(error);
      }
    };
    yes.addEventListener("click", act("approve", () => ({ sha256: record.report_sha256, comment: comment.value })));
    no.addEventListener("click", act("reject", () => ({ reason: comment.value })));
    return make("div", {}, quiet(`You are ${you ?? "nobody with a verified address, and cannot decide"}.`),
      make("div", { class: "controls" },
        field(`I have read the report whose SHA-256 is ${record.report_sha256}`, read, "check")),
      make("div", { class: "controls" }, field("Comment, or the reason of a rejection", comment, "wide")),
      make("div", { class: "controls" }, yes, no));
  };
  const points = (share) => `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)}`.replace("-", "\u2212");
  const share = (counted) => (counted === null ? "nothing reported" : `${counted.hits} of ${counted.of}`);
  const findings = { clear: "good", held: "open", harmed: "bad" };
  const guards = (look) => {
    const heads = ["Guard", "Found", "Target", "Source", "Difference in points", "Margin"];
    const rows = look.guards.map((guard) => make("tr", {},
      make("th", { scope: "row" }, guard.measure),
      make("td", {}, make("span", { class: `mark ${findings[guard.finding] ?? "none"}` }, guard.finding)),
      make("td", {}, share(guard.target)), make("td", {}, share(guard.source)),
      make("td", {}, guard.difference === null ? guard.detail
        : `${points(guard.difference)} (${points(guard.low)} to ${points(guard.high)})`),
      make("td", {}, points(guard.margin))));
    const place = look.step ? `step ${look.step}` : "the shadow";
    const title = `Last look, ${look.at.slice(0, 16).replace("T", " ")} UTC, at bake ${look.bake} of ${place}: ${look.decision}`;
    return make("div", { class: "scroll", role: "region", "aria-label": "Last look of the roll-out", tabindex: "0" },
      make("table", { class: "words" }, make("caption", {}, title),
        make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
        make("tbody", {}, ...rows)));
  };
  const rollout = (standing) => {
    const said = standing.unreadable ? ["Its record cannot be read: see brainswap rollout status."] : [
      `${standing.source.percent} % of the requests go to ${standing.source.model}, ${standing.target.percent} % to ${standing.target.model}.`,
      ...(standing.step ? [`Step ${standing.step.number} of ${standing.step.of}, then ${standing.step.then}.`] : []),
      ...(standing.waits_for ? [`Waits for ${standing.waits_for}.`] : []),
      ...(standing.waits_for && standing.last_look && standing.last_look.decision !== "it went on"
        ? [`The last look: ${standing.last_look.reason}.`] : []),
      ...(standing.reason && !standing.waits_for ? [`Because ${standing.reason}${standing.by ? ` (by ${standing.by})` : ""}.`] : []),
      ...(standing.judged ? [`The judge found bad ${share(standing.judged.target)} of the target's answers and ${share(standing.judged.source)} of the source's.`] : []),
      ...(standing.shadow ? [`The shadow has set aside ${standing.shadow.asked} of ${standing.shadow.most} requests.`] : []),
      `The way back: ${standing.way_back.detail}.`,
      ...standing.remarks,
    ];
    return make("section", { "aria-labelledby": "rollout" },
      make("header", {}, make("h2", { id: "rollout" }, `Roll-out: ${standing.unreadable ? "unknown" : standing.status.replaceAll("_", " ")}`)),
      make("ul", { class: "lines" }, ...said.map((line) => make("li", {}, line))),
      ...(standing.last_look ? [guards(standing.last_look)] : []));
  };
  const one = async (run) => {
    const found = await api(`runs/${run}`);
    const record = found.approval;
    const approval = record && make("section", { "aria-labelledby": "approval" },
      make("header", {}, make("h2", { id: "approval" }, `Approval: ${record.status}`)),
      quiet(`${record.model} with the ${record.prompt} prompt, until ${record.expires_at}. Still wanted: ${record.missing}.`),
      words(record), ...(record.status === "wanted" ? [decide(run, record, found.you)] : []));
    const facts = found.facts;
    const back = /^[a-z0-9-]+$/.test(facts.workload ?? "") ? up(`w/${facts.workload}`, `All runs of ${facts.workload}`) : up("", "All workloads");
    view(run, back, ...(facts.verdict ? [make("p", { class: "quiet" }, ...verdict(facts),
      facts.recommended ? ` ${facts.recommended} is recommended.` : "")] : []),
      make("div", { class: "controls" }, ...found.files.map((file) => open(run, file))), ...(approval ? [approval] : []),
      ...(found.rollout ? [rollout(found.rollout)] : []));
  };

  const failed = (error) => {
    const told = make("p", { class: "failed", role: "alert" }, `That did not work: ${error.message}`);
    document.querySelector(".failed")?.remove();
    main.prepend(told);
  };
  const show = async () => {
    const [, kind, name] = location.hash.split("/");
    try {
      if (kind === "w" && /^[a-z0-9-]+$/.test(name)) await runs(name);
      else if (kind === "r" && /^[\w.-]+$/.test(name)) await one(name);
      else await workloads();
    } catch (error) { failed(error); }
  };
  window.addEventListener("hashchange", () => { if (bearer) show(); });
  begin().catch(failed);
})();
