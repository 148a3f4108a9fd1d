#include <net/listener.hpp>
#include <net/port_owner.hpp>

#include <arpa/inet.h>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace itsup::net {

namespace {

using Generic = asio::generic::stream_protocol;

base::Result<> address_of(const Endpoint& endpoint, Generic::endpoint& out) {
    if (!endpoint.unix_path.empty()) {
        if (endpoint.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
            return base::make_error(base::ErrorKind::invalid,
                                    "the path " + endpoint.unix_path + " is too long for a socket");
        }
        out = Generic::endpoint(asio::local::stream_protocol::endpoint(endpoint.unix_path));
        return {};
    }
    boost::system::error_code error;
    const auto host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
    const auto address = asio::ip::make_address(host, error);
    if (error) {
        return base::make_error(base::ErrorKind::invalid,
                                "cannot listen on " + endpoint.to_string() +
                                    ": it is not an IP address of this machine");
    }
    out = Generic::endpoint(asio::ip::tcp::endpoint(address, endpoint.port));
    return {};
}

base::Error bind_error(const Endpoint& endpoint, const boost::system::error_code& error) {
    const auto what = "cannot listen on " + endpoint.to_string() + ": ";
    if (error == asio::error::address_in_use) {
        const auto owner =
            endpoint.unix_path.empty() ? describe_port_owner(endpoint.port) : std::nullopt;
        return base::make_error(base::ErrorKind::conflict,
                                what + "it is taken by " + owner.value_or("another process"));
    }
    return base::make_error(base::ErrorKind::unavailable, what + error.message());
}

/// A socket file that nobody listens on any more is a leftover of a crash.
void remove_stale(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int result =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    if (result != 0 && errno == ECONNREFUSED) {
        ::unlink(path.c_str());
    }
    ::close(probe);
}

void name_peer(const sockaddr_storage& from, Accepted& out) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (from.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        out.peer_port = ntohs(v4.sin_port);
    } else if (from.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        out.peer_port = ntohs(v6.sin6_port);
    }
    out.peer_address = text.data();
    if (out.peer_address.substr(0, 7) == "::ffff:") {
        out.peer_address.erase(0, 7);
    }
}

}  // namespace

base::Result<Acceptor> open_listener(runtime::Executor executor, const Endpoint& endpoint) {
    Generic::endpoint address;
    TRY_VOID(address_of(endpoint, address));
    if (!endpoint.unix_path.empty()) {
        remove_stale(endpoint.unix_path);
    }
    Acceptor acceptor(executor);
    boost::system::error_code error;
    acceptor.open(Generic(address.protocol().family(), address.protocol().protocol()), error);
    if (!error && endpoint.unix_path.empty()) {
        acceptor.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(address, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (!error) {
        acceptor.native_non_blocking(true, error);
    }
    if (error) {
        return bind_error(endpoint, error);
    }
    if (!endpoint.unix_path.empty()) {
        ::chmod(endpoint.unix_path.c_str(), 0660);
    }
    return acceptor;
}

base::Result<Acceptor> adopt_listener(runtime::Executor executor, int descriptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    int listening = 0;
    socklen_t option_size = sizeof(listening);
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &option_size) != 0 ||
        listening == 0) {
        return base::make_error(
            base::ErrorKind::invalid,
            "descriptor " + std::to_string(descriptor) + " is not a listening socket");
    }
    Acceptor acceptor(executor);
    boost::system::error_code error;
    acceptor.assign(Generic(address.ss_family, 0), descriptor, error);
    if (!error) {
        acceptor.native_non_blocking(true, error);
    }
    if (error) {
        return runtime::to_error(error, "adopt the socket");
    }
    return acceptor;
}

std::uint16_t port_of(Acceptor& acceptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    ::getsockname(acceptor.native_handle(), reinterpret_cast<sockaddr*>(&address), &size);
    Accepted named{Socket(acceptor.get_executor()), {}, 0};
    name_peer(address, named);
    return named.peer_port;
}

base::Result<std::optional<Accepted>> accept_one(Acceptor& acceptor) {
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    const int descriptor = ::accept4(acceptor.native_handle(), reinterpret_cast<sockaddr*>(&from),
                                     &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        const bool exhausted =
            errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (exhausted) {
            return base::make_system_error(errno, "accept a connection");
        }
        return std::optional<Accepted>();
    }
    std::optional<Accepted> out(Accepted{Socket(acceptor.get_executor()), {}, 0});
    boost::system::error_code error;
    out->socket.assign(Generic(from.ss_family, 0), descriptor, error);
    if (error) {
        ::close(descriptor);
        return runtime::to_error(error, "accept a connection");
    }
    if (from.ss_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        name_peer(from, *out);
    }
    return out;
}

}  // namespace itsup::net
