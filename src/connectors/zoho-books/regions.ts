/** The two hosts of one Zoho data centre. */
export interface Region {
  readonly accountsUrl: string;
  readonly apiUrl: string;
  /** the Books introduction names this data centre */
  readonly proven: boolean;
}

/**
 * The data centres by the end of the organisation's Zoho address (Books introduction, multi-DC OAuth pages). The API
 * host is never derived from the accounts host: Canada's differ.
 */
export const regions = {
  com: { accountsUrl: "https://accounts.zoho.com", apiUrl: "https://www.zohoapis.com", proven: true },
  eu: { accountsUrl: "https://accounts.zoho.eu", apiUrl: "https://www.zohoapis.eu", proven: true },
  in: { accountsUrl: "https://accounts.zoho.in", apiUrl: "https://www.zohoapis.in", proven: true },
  "com.au": { accountsUrl: "https://accounts.zoho.com.au", apiUrl: "https://www.zohoapis.com.au", proven: true },
  jp: { accountsUrl: "https://accounts.zoho.jp", apiUrl: "https://www.zohoapis.jp", proven: true },
  ca: { accountsUrl: "https://accounts.zohocloud.ca", apiUrl: "https://www.zohoapis.ca", proven: true },
  sa: { accountsUrl: "https://accounts.zoho.sa", apiUrl: "https://www.zohoapis.sa", proven: true },
  "com.cn": { accountsUrl: "https://accounts.zoho.com.cn", apiUrl: "https://www.zohoapis.com.cn", proven: true },
  uk: { accountsUrl: "https://accounts.zoho.uk", apiUrl: "https://www.zohoapis.uk", proven: false },
  ae: { accountsUrl: "https://accounts.zoho.ae", apiUrl: "https://www.zohoapis.ae", proven: false },
} as const satisfies Record<string, Region>;

export type RegionName = keyof typeof regions;

export const regionNames = Object.keys(regions) as [RegionName, ...RegionName[]];
