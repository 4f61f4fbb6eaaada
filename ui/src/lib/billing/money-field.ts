import { currencyDigits } from '../format.ts';

/** An amount as it stands in a field: `97.50`, which parseMoney reads again. */
export const moneyText = (minor: number, currency: string): string => {
  const digits = currencyDigits(currency);
  return (minor / 10 ** digits).toFixed(digits);
};
