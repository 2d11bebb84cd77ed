import { type Fields, textOf, type WireRequest, type WireResponse } from "../wire.ts";
import { act } from "./control-actions.ts";
import { escaped } from "./dashboard-page.ts";
import { moneyText } from "./money.ts";
import { placeOrder } from "./place-order.ts";
import { quantityOf, skuOf, stockOf, unitsOf } from "./products.ts";
import type { Salla } from "./salla.ts";
import { type Order, type Shop, statusOf } from "./shop.ts";
import { addCustomStatus } from "./statuses.ts";
import { plainTime } from "./times.ts";

const SHOWN_ORDERS = 100;
/** The status that the button "Send" gives an order, where the merchant has added none. */
const SEND_STATUS = "أرسل إلى قيود";

/** A plain page in the control API on which a person can place, complete, send, cancel and see orders. */
export function answerOrdersPage(salla: Salla, request: WireRequest): WireResponse {
  const shop = salla.shop();
  if (request.method !== "POST") return page(shop, salla.webhooks().app.embeddedUrl, request.query.get("told") ?? "");
  let told = "";
  try {
    told = perform(shop, new URLSearchParams(request.body));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    told = error.message;
  }
  // To be read again without placing the order twice.
  return { status: 303, headers: { location: `${request.path}?told=${encodeURIComponent(told)}` }, body: "" };
}

function perform(shop: Shop, form: URLSearchParams): string {
  const action = form.get("action") ?? "";
  if (action === "place") {
    const name = textOf(form.get("name"));
    const order = placeOrder(shop, {
      items: [
        {
          [form.get("by") === "variant" ? "variant_id" : "product_id"]: form.get("unit"),
          quantity: form.get("quantity"),
        },
      ],
      ...(name === "" ? {} : { customer: { first_name: name } }),
      shipping: form.get("shipping") || "0",
    } satisfies Fields);
    return `Order ${order.referenceId} was placed.`;
  }
  const order = shop.orders.rows.get(Number(form.get("order")));
  if (order === undefined) throw new RangeError(`there is no order ${form.get("order")}`);
  if (action === "send") return sendByStatus(shop, order);
  act(shop, order, action, {});
  return `Order ${order.referenceId} is ${statusOf(shop, order).slug} now.`;
}

/** What a merchant can do in Salla's own orders screen to send an order: give it a status of their own that means so. */
function sendByStatus(shop: Shop, order: Order): string {
  const status =
    shop.statuses.find(({ type }) => type === "custom") ?? addCustomStatus(shop.statuses, SEND_STATUS, "in_progress");
  act(shop, order, "status", { status_id: status.id });
  return `Order ${order.referenceId} has the status ${status.name} now, id ${status.id}. It is sent where that id means so.`;
}

function page(shop: Shop, embeddedUrl: string, told: string): WireResponse {
  const orders = [...shop.orders.rows.values()].sort((left, right) => right.referenceId - left.referenceId);
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Orders of the made-up store</title>
<style>body{font:16px sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ccc;padding:.4rem;text-align:start}form{display:inline}fieldset{margin-bottom:1.5rem}</style></head>
<body><h1>Orders of the made-up store</h1>
${told === "" ? "" : `<p role="status"><strong>${escaped(told)}</strong></p>`}
${placeForm(shop)}
${embeddedWords(embeddedUrl)}
<table><caption>${orders.length} orders, newest first</caption>
<thead><tr><th>Order</th><th>Placed</th><th>Customer</th><th>Lines</th><th>Total</th><th>Status</th><th>Do</th></tr></thead>
<tbody>${orders
    .slice(0, SHOWN_ORDERS)
    .map((order) => orderRowOf(shop, order))
    .join("\n")}</tbody></table>
</body></html>
`;
  return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

/** The way to the page that the app has inside the dashboard, from which orders are sent too. */
function embeddedWords(embeddedUrl: string): string {
  if (embeddedUrl === "")
    return "<p>The app has no page inside the dashboard: <code>PATCH /salla/app</code> with <code>embeddedUrl</code> gives it one.</p>";
  return `<p>Orders are sent from the app's page inside the dashboard: <a href="dashboard?lang=ar" hreflang="ar">العربية</a>, <a href="dashboard?lang=en">English</a>, or by the button Send, which gives an order a status of the merchant's own.</p>`;
}

function placeForm(shop: Shop): string {
  const options = [...unitsOf(shop)].map((unit) => {
    const { product, variant } = unit;
    const stock = stockOf(unit);
    const left = stock.unlimited ? "unlimited" : String(quantityOf(stock));
    const name = variant === undefined ? product.name : `${product.name} - ${variant.name}`;
    return {
      id: variant?.id ?? product.id,
      by: variant === undefined ? "product" : "variant",
      text: `${name} (${skuOf(unit) || "no SKU"}, ${left})`,
    };
  });
  const form = (by: string, title: string) => {
    const own = options.filter((option) => option.by === by);
    if (own.length === 0) return "";
    return `<form method="post"><fieldset><legend>${title}</legend><input type="hidden" name="action" value="place"><input type="hidden" name="by" value="${by}">
<label>What <select name="unit">${own.map(({ id, text }) => `<option value="${id}">${escaped(text)}</option>`).join("")}</select></label>
<label>How many <input name="quantity" type="number" min="1" value="1" size="4"></label>
<label>Customer <input name="name"></label> <label>Shipping <input name="shipping" value="0" size="6"></label>
<button>Place</button></fieldset></form>`;
  };
  return form("product", "Place an order") + form("variant", "Place an order of a variant");
}

function orderRowOf(shop: Shop, order: Order): string {
  const customer = shop.customers.get(order.customerId ?? 0)?.fields ?? order.guest ?? {};
  const name = `${textOf(customer.first_name)} ${textOf(customer.last_name)}`.trim() || "guest";
  const lines = order.lines.map(({ name: what, quantity }) => `${quantity} × ${what}`).join(", ");
  const button = (action: string, text: string) =>
    `<form method="post"><input type="hidden" name="order" value="${order.id}"><button name="action" value="${action}" aria-label="${text} order ${order.referenceId}">${text}</button></form>`;
  const buttons = [
    button("complete", "Complete"),
    button("send", "Send"),
    button("ship", "Ship"),
    button("cancel", "Cancel"),
    button("restore", "Restore"),
  ];
  const cells = [
    String(order.referenceId),
    plainTime(order.createdMs),
    name,
    lines,
    `${moneyText(order.amounts.total)} ${order.currency}`,
    `${statusOf(shop, order).name} (${statusOf(shop, order).slug})`,
  ];
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}<td>${buttons.join(" ")}</td></tr>`;
}
