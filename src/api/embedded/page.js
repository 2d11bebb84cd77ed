// The page inside Salla's dashboard. It holds the session in memory only, so that it ends with the page.
const address = new URL(location.href);
const token = address.searchParams.get("token");
const app = address.searchParams.get("app_id");
const { lang, dataset } = document.documentElement;
const words = document.body.dataset;
const notice = document.getElementById("notice");
const main = document.getElementById("orders");
const form = document.getElementById("send");
const field = document.getElementById("numbers");
const results = document.getElementById("results");
const recent = document.getElementById("recent");
const refresh = document.getElementById("refresh");
const moments = new Intl.DateTimeFormat(lang === "ar" ? "ar-SA-u-ca-gregory-nu-latn" : "en-GB", {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: "Asia/Riyadh",
});
/** How long the dashboard may take to greet the page; a dashboard that never does must not keep it covered. */
const greetingMs = 2000;
let session = null;

// The token must not stay in the history of the browser.
history.replaceState(null, "", `?lang=${lang}&theme=${dataset.theme}`);
const greeted = greeting();
tell("embedded::iframe.ready", { height: document.documentElement.scrollHeight });
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void send(field.value, form.querySelector("button"));
});
refresh.addEventListener("click", () => void showRecent());
void start();

async function start() {
  await open();
  await greeted;
  // Only now, because the dashboard covers the page until then.
  tell("embedded::ready");
}

/** Has the token verified, and shows the orders; whatever is refused is shown in words and nothing else. */
async function open() {
  if (token === null || token === "") return say(words.noToken);
  const body = { token, ...(app === null ? {} : { app }) };
  const answer = await call("session", body);
  if (answer === null) return;
  session = answer.session;
  if (!(await showRecent())) return;
  notice.hidden = true;
  main.hidden = false;
}

async function showRecent() {
  const answer = await call("orders");
  if (answer === null) return false;
  const [orders, moment] = [answer.orders, (one) => moments.format(new Date(one.updatedAt))];
  fill(recent, orders, [...columns, [words.seen, moment], ["", sendButton]]);
  return true;
}

async function send(text, button) {
  button.disabled = true;
  say(words.sending);
  const answer = await call("orders/send", { text });
  button.disabled = false;
  if (answer === null) return;
  notice.hidden = true;
  const message = document.getElementById("message");
  message.textContent = answer.message ?? "";
  message.hidden = answer.message === null;
  fill(results, answer.orders, columns);
  results.hidden = false;
  results.scrollIntoView({ block: "start" });
  await showRecent();
}

const columns = [
  [words.order, ({ order }) => element("bdi", order)],
  [words.outcome, ({ state, outcome }) => Object.assign(element("span", outcome), { className: `state ${state}` })],
  [words.invoice, ({ invoiceId }) => element("bdi", invoiceId ?? "")],
  [words.why, whyOf],
];

function whyOf({ reason, action }) {
  const why = document.createElement("div");
  for (const sentence of [reason, action]) if (sentence !== null) why.append(element("p", sentence));
  return why;
}

/** What was invoiced is never sent again by a slip of the finger. */
function sendButton({ order, invoiceId }) {
  if (invoiceId !== null) return "";
  const button = Object.assign(element("button", words.sendOne), { type: "button", className: "quiet" });
  button.setAttribute("aria-label", `${words.sendOne} ${order}`);
  button.addEventListener("click", () => void send(order, button));
  return button;
}

function fill(section, orders, shown) {
  const [head, body] = [section.querySelector("thead"), section.querySelector("tbody")];
  const titles = shown.map(([title]) => Object.assign(element("th", title), { scope: "col" }));
  head.replaceChildren(rowOf(titles));
  body.replaceChildren(
    ...orders.map((order) =>
      rowOf(
        shown.map(([title, content]) => {
          const cell = document.createElement("td");
          cell.dataset.title = title;
          cell.append(content(order));
          return cell;
        }),
      ),
    ),
  );
  if (orders.length > 0) return;
  const cell = Object.assign(element("td", words.none), { colSpan: shown.length });
  body.replaceChildren(rowOf([cell]));
}

/** Asks Mizan. Where it refuses, its words are shown, and null comes back. */
async function call(path, body) {
  try {
    const answer = await fetch(new URL(`salla/${path}?lang=${lang}`, location.href), {
      method: body === undefined ? "GET" : "POST",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(session === null ? {} : { authorization: `Bearer ${session}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: "omit",
    });
    if (answer.ok) return await answer.json();
    const { error } = await answer.json();
    say(error.message);
    if (answer.status === 401 && session !== null) {
      session = null;
      main.hidden = true;
      // The dashboard opens the page anew, with a fresh token.
      tell("embedded::auth.refresh");
    }
    return null;
  } catch {
    say(words.lost);
    return null;
  }
}

/** Speaks to the dashboard around the page. It tells nothing of a store, so that it does not matter who listens. */
function tell(event, payload = {}) {
  if (parent === window) return;
  const message = { event, payload, timestamp: Date.now(), source: "embedded-app", metadata: { version: "mizan" } };
  parent.postMessage(message, "*");
}

/** The dashboard has answered the first message, or will not. */
function greeting() {
  if (parent === window) return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, greetingMs);
    addEventListener("message", ({ source, data }) => {
      if (source === parent && data?.event === "embedded::context.provide") resolve();
    });
  });
}

function say(sentence) {
  notice.textContent = sentence;
  notice.hidden = false;
}

function rowOf(cells) {
  const row = document.createElement("tr");
  row.append(...cells);
  return row;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
