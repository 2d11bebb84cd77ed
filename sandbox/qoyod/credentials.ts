/** Made up; it works after start and after every reset. */
export const qoyodCredentials = { apiKey: "made-up-qoyod-api-key" } as const;
