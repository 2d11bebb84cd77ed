/** Made up; they work after start and after every reset. */
export const sallaCredentials = {
  appId: "1830000001",
  clientId: "made-up-salla-client",
  clientSecret: "made-up-salla-client-secret",
  refreshToken: "ory_rt_made-up-refresh-token-0001",
  merchantId: "1305146709",
  webhookSecret: "made-up-salla-webhook-secret",
} as const;
