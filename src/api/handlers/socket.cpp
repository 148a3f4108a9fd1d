#include <api/contract/endpoints.hpp>
#include <api/route.hpp>
#include <api/socket_session.hpp>
#include <api/stream_slots.hpp>

#include <utility>

namespace itsup::api {

template <>
Result<contract::OpenSocket> answer(Call<contract::OpenSocket> call) {
    CO_TRY(auto slot, call.services.slots.take(call.scope));
    net::WebSocketOptions options{.headers = common_headers(call.scope)};
    CO_TRY(auto socket, co_await call.scope.exchange.accept_websocket(std::move(options)));
    const auto executor = co_await runtime::asio::this_coro::executor;
    ServiceChannels channels(call.services, *call.scope.caller);
    SocketSession session(channels, call.scope.exchange, *socket, call.scope.request_id, executor,
                          call.services.log);
    co_return co_await session.run();
}
ITSUP_ROUTE(OpenSocket)

}  // namespace itsup::api
