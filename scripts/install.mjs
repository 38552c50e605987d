// `npm run prerequisites`: installs what building and verifying configs need.
import { ensure, ensureGuestKernel, forVerify } from './prerequisites.mjs';

ensure(forVerify);
ensureGuestKernel();
