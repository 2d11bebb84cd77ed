import type { Fields } from "../wire.ts";
import type { Company, Row } from "./company.ts";
import { type DocumentName, remainderOf, shownStatus } from "./documents.ts";
import { objectsOf, wireNumber } from "./fields.ts";

/** An invoice as the API shows it. */
export function shownInvoice(company: Company, row: Row): Fields {
  const { line_items, inventory_id: _, parent_id: __, custom_fields, ...fields } = row.fields;
  const remaining = wireNumber(remainderOf(row));
  const { lineTotal } = company.switches;
  return {
    ...fields,
    ...(custom_fields == null ? {} : { custom_fields }),
    ...reported(company, row),
    status: shownStatus(company, row),
    due_amount: remaining,
    remaining_amount: remaining,
    created_by: "API",
    line_items: objectsOf(line_items).map(({ net, gross, ...line }) => ({
      ...line,
      unit: unitName(company, line),
      line_total: lineTotal === "gross" ? gross : net,
    })),
  };
}

/** A credit note: the price of a line is called `price`, and `parent_id` may name the invoice. */
export function shownCreditNote(company: Company, row: Row): Fields {
  const { line_items, ...fields } = row.fields;
  return {
    ...fields,
    ...reported(company, row),
    status: shownStatus(company, row),
    remaining_amount: wireNumber(remainderOf(row)),
    line_items: objectsOf(line_items).map(({ net: _, gross: __, unit_price, ...line }) => ({
      ...line,
      price: unit_price,
    })),
  };
}

/** A bill or debit note: the contact is an object, and the rate of a line is called `tax`. */
export function shownBill(company: Company, row: Row): Fields {
  const { line_items, contact_id, parent_id: _, ...fields } = row.fields;
  return {
    ...fields,
    contact: shownContact(company, contact_id),
    status: shownStatus(company, row),
    due_amount: wireNumber(remainderOf(row)),
    line_items: objectsOf(line_items).map(
      ({ product_id, quantity, unit_price, inclusive_unit_price, is_inclusive, discount_amount, tax_percent }) => ({
        product_id,
        quantity,
        unit_price,
        inclusive_unit_price,
        is_inclusive,
        discount_amount,
        tax: tax_percent,
      }),
    ),
  };
}

/** A purchase order or a quote. */
export function shownOffer(_company: Company, row: Row): Fields {
  const { line_items, parent_id: _, paid_amount: __, payments: ___, allocations: ____, ...fields } = row.fields;
  return {
    ...fields,
    line_items: objectsOf(line_items).map(({ net: _net, gross: _gross, unrounded_vat_value: _vat, ...line }) => line),
  };
}

/** The temporary address of a PDF. */
export function pdfOf(name: DocumentName | string, row: Row): Fields {
  return { pdf_file: `https://files.made-up.example/${name}/${row.id}.pdf` };
}

function shownContact({ tables }: Company, id: unknown): Fields {
  const contact = tables.vendors.rows.get(Number(id));
  return { id, name: contact?.fields.name ?? null };
}

function reported({ switches }: Company, { id, fields }: Row): Fields {
  const isReported = switches.eInvoicing && fields.status === "Approved";
  return {
    qrcode_string: isReported ? `made-up-qr-${id}` : null,
    zatca_details: isReported
      ? { status: "REPORTED", uuid: `00000000-0000-4000-8000-${String(id).padStart(12, "0")}` }
      : null,
  };
}

function unitName({ tables }: Company, line: Fields): unknown {
  return tables.product_unit_types.rows.get(Number(line.unit_type))?.fields.unit_name ?? null;
}
