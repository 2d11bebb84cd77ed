import type { Clock, Random } from "../wire.ts";
import { createAccount } from "./accounts.ts";
import { createCategory, createLocation, createUnit } from "./catalogue.ts";
import { type Call, type Company, emptyCompany, insertRow } from "./company.ts";
import { createContact } from "./contacts.ts";
import type { QoyodSwitches } from "./switches.ts";

// biome-ignore format: a table
const accounts: readonly (readonly [code: string, type: string, nameEn: string, nameAr: string, receives?: boolean])[] = [
  ["4101", "Sale", "Sales", "المبيعات"],
  ["5101", "DirectCost", "Cost of goods sold", "تكلفة البضاعة المباعة"],
  ["1401", "Inventory", "Inventory", "المخزون"],
  ["3101", "Equity", "Opening balances", "الأرصدة الافتتاحية"],
  ["1101", "Bank", "Bank", "البنك", true],
  ["1001", "Cash", "Cash", "الصندوق", true],
  ["5201", "Overhead", "Inventory differences", "فروقات المخزون"],
];

// biome-ignore format: a table
const taxes: readonly (readonly [percentage: string, nameEn: string, nameAr: string])[] = [
  ["15.0", "VAT 15%", "ضريبة القيمة المضافة 15%"],
  ["0.0", "Zero-rated", "خاضع للنسبة الصفرية"],
  ["0.0", "Exempt", "معفى من الضريبة"],
];

/** The company that is there at start: what every Qoyod company begins with, and two locations. No products. */
export function firstCompany(clock: Clock, random: Random, switches: QoyodSwitches): Company {
  const company = emptyCompany(clock, random, switches);
  const call: Call = { company, byPerson: true };
  for (const [percentage, name_en, name_ar] of taxes) insertRow(company, "taxes", { name_en, name_ar, percentage });
  const ids = accounts.map(([code, type, name_en, name_ar, recieve_payments = false]) => {
    const account = createAccount(call, { code, type, name_en, name_ar, recieve_payments });
    return [type, account.id] as const;
  });
  const accountId = ids.find(([type]) => type === "Inventory")?.[1];
  createUnit(call, { unit_name: "Piece", unit_representation: "pc", is_default: true });
  createCategory(call, { name: "General" });
  createLocation(call, { name: "Main warehouse", ar_name: "المستودع الرئيسي", account_id: accountId });
  createLocation(call, { name: "Second warehouse", ar_name: "المستودع الثاني", account_id: accountId });
  createContact(call, "customers", { name: "عميل نقدي" });
  return company;
}
