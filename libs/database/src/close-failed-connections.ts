interface Client {
  connection: { stream: { destroy(): void } };
  connect(callback: (error?: Error) => void): void;
}

export interface ConnectingPool {
  Client: new (options: object) => Client;
}

/**
 * Closes every connection that could not be logged in. The driver leaves it open where it found the fault itself, such as a password that it
 * does not have: the server then keeps the place for a minute, and a service that tries again takes one after another from all others.
 */
export function closeFailedConnections(pool: ConnectingPool): void {
  pool.Client = class extends pool.Client {
    override connect(callback: (error?: Error) => void): void {
      super.connect((error) => {
        if (error) this.connection.stream.destroy();
        callback(error);
      });
    }
  };
}
