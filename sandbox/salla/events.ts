const groups: Readonly<Record<string, readonly string[]>> = {
  order: [
    ...["created", "updated", "status.updated", "cancelled", "refunded", "deleted", "products.updated"],
    ...["payment.updated", "coupon.updated", "total.price.updated", "shipment.creating", "shipment.created"],
    ...["shipment.cancelled", "shipment.return.creating", "shipment.return.created", "shipment.return.cancelled"],
    "shipping.address.updated",
  ],
  product: [
    ...["created", "updated", "deleted", "available", "quantity.low", "channels.changed", "price.updated"],
    ...["status.updated", "image.updated", "category.updated", "brand.updated", "tags.updated"],
  ],
  customer: ["created", "updated", "login", "otp.request"],
  abandoned: ["cart", "cart.updated", "cart.status.changed", "cart.purchased"],
  coupon: ["applied", "created", "updated"],
  shipment: ["creating", "created", "cancelled", "updated"],
  shipping: ["zone.created", "zone.updated", "company.created", "company.updated", "company.deleted"],
  category: ["created", "updated"],
  brand: ["created", "updated", "deleted"],
  review: ["added"],
  specialoffer: ["created", "updated"],
  invoice: ["created"],
  "store.branch": ["created", "updated", "setDefault", "activated", "deleted"],
  storetax: ["created"],
};

/** The events of a store that can be subscribed to. */
export const storeEvents: readonly string[] = Object.entries(groups).flatMap(([group, names]) =>
  names.map((name) => `${group}.${name}`),
);

export function isStoreEvent(event: string): boolean {
  return storeEvents.includes(event);
}
