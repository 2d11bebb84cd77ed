/** Made up; they work after start and after every reset. */
export const optiplyCredentials = {
  clientId: "made-up-webshop",
  clientSecret: "made-up-optiply-client-secret",
  username: "made-up-user@made-up.example",
  password: "made-up-optiply-password",
  accountId: "1402",
  couplingId: "7001",
} as const;
