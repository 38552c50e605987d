export declare const cacheDirectory: string | false;
