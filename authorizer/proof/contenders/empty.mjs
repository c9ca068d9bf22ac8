// Judges nothing: what the measurement itself costs.

export const handler = async (event) => event.Records[0].cf.request;
