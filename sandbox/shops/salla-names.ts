const firstNames = ["نورة", "سارة", "Omar", "خالد", "Layla", "هند", "Yusuf", "ريم", "Maha", "فهد"] as const;
const lastNames = ["المثال", "Sample", "التجربة", "Example", "النموذج", "Madeup", "العيّنة"] as const;
const MOBILE_FROM = 500_000_000;
const MOBILES = 99_999_999;

/** A made-up customer who depends on nothing but a number. */
export function madeUpPerson(number: number): { first_name: string; last_name: string; mobile: number; email: string } {
  return {
    first_name: firstNames[number % firstNames.length] ?? firstNames[0],
    last_name: lastNames[number % lastNames.length] ?? lastNames[0],
    mobile: MOBILE_FROM + (number % MOBILES),
    email: `customer-${number}@made-up.example`,
  };
}
