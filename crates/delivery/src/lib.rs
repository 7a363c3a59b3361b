//! Delivery that neither loses nor doubles: batches, objects, messages, their states and stores.
