#pragma once

#include <access/webhook_proof.hpp>
#include <base/result.hpp>
#include <net/http_message.hpp>
#include <services/webhooks.hpp>

namespace itsup::api {

/// The fields in which this provider shows that it knows the secret. Views into the request.
access::WebhookProof proof_of(access::WebhookProvider provider, const net::Request& request);

/// What an authentic delivery says: its id and event, and from a generic one's body its aim.
/// malformed when the body is not what the provider sends.
base::Result<services::WebhookDelivery> read_delivery(access::WebhookProvider provider,
                                                      const net::Request& request);

}  // namespace itsup::api
