import { lookup as resolveName } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isLoopbackAddress } from './endpoint.ts';

/** `localhost` is this machine by custom alone: a resolver that says otherwise is not believed with what is sent in the clear. */
export const onlyLoopback: LookupFunction = (name, options, callback) => {
  resolveName(name, { ...options, all: true }, (error, addresses) => {
    const own = error === null ? addresses.filter(({ address }) => isLoopbackAddress(address)) : [];
    const [first] = own;
    if (first === undefined) callback(error ?? new Error(`${name} is not this machine`), []);
    else if (options.all === true) callback(null, own);
    else callback(null, first.address, first.family);
  });
};
