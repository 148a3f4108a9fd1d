#include <api/contract/endpoints.hpp>
#include <api/contract/socket.hpp>
#include <api/route.hpp>
#include <api/socket_session.hpp>
#include <api/stream_slots.hpp>

#include <cstddef>
#include <utility>

namespace itsup::api {

namespace {

/// A cursor and what stands around it.
constexpr std::size_t message_bytes_max =
    contract::socket_cursor_bytes_max + (std::size_t{32} << 10U);

}  // namespace

template <>
Result<contract::OpenSocket> answer(Call<contract::OpenSocket> call) {
    // Itself, too: whoever opens thousands and subscribes to nothing must not take all connections.
    CO_TRY(const auto slot, call.services.slots.take(*call.scope.caller));
    net::WebSocketOptions options{.message_bytes_max = message_bytes_max,
                                  .headers = common_headers(call.scope)};
    CO_TRY(auto socket, co_await call.scope.exchange.accept_websocket(std::move(options)));
    const auto executor = co_await runtime::asio::this_coro::executor;
    ServiceChannels channels(call.services, *call.scope.caller);
    SocketSession session(channels, call.scope.exchange, *socket, call.scope.request_id, executor,
                          call.services.log);
    co_return co_await session.run();
}
ITSUP_ROUTE(OpenSocket)

}  // namespace itsup::api
