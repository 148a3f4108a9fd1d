// The program inside the sample images: small, static, and polite to its container.
//
//   demo serve     HTTP on $PORT (8080): / says who answers, /health, /slow?ms=N, /bytes?n=N
//   demo check     exit 0 when /health on this container answers 200 (the image's health check)
//   demo fetch URL exit 0 when http://ADDRESS[:PORT]/PATH answers 200; prints the body
//   demo chatter   $BURST (1) numbered lines every $INTERVAL_MS (1000), every fifth on stderr;
//                  $PAD (0) more bytes on each line
//   demo echo      answers `$NAME what came` on $PORT, over TCP and over UDP
//
// $HEALTHY is `always`, `never`, or `after:SECONDS`. SIGTERM ends `serve` once the requests in
// flight are answered. No dependency but the C library, because the image holds nothing else.

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::size_t request_bytes_max = 16384;
constexpr int drain_ms = 9000;

volatile sig_atomic_t stopping = 0;
std::atomic<int> requests_in_flight{0};
const auto started_at = std::chrono::steady_clock::now();

void on_stop(int /*signal*/) {
    stopping = 1;
}

std::string setting(const char* name, const char* fallback) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : fallback;
}

/// The number that a text begins with; 0 when it begins with none.
int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool healthy() {
    const std::string rule = setting("HEALTHY", "always");
    if (rule == "never") {
        return false;
    }
    if (rule.rfind("after:", 0) != 0) {
        return true;
    }
    const auto wait = std::chrono::seconds(number(std::string_view(rule).substr(6)));
    return std::chrono::steady_clock::now() - started_at >= wait;
}

bool write_all(int fd, const std::string& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n = send(fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        done += static_cast<std::size_t>(n);
    }
    return true;
}

int number_after(const std::string& target, const char* key, int fallback) {
    const auto at = target.find(key);
    return at == std::string::npos ? fallback
                                   : number(std::string_view(target).substr(at + std::strlen(key)));
}

std::string answer(const std::string& target, bool keep) {
    std::string status = "200 OK";
    std::string body;
    if (target.rfind("/health", 0) == 0) {
        const bool good = healthy();
        status = good ? "200 OK" : "503 Service Unavailable";
        body = good ? "healthy\n" : "not healthy: HEALTHY=" + setting("HEALTHY", "") + "\n";
    } else if (target.rfind("/slow", 0) == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(number_after(target, "ms=", 1000)));
        body = "slow\n";
    } else if (target.rfind("/bytes", 0) == 0) {
        body.assign(static_cast<std::size_t>(number_after(target, "n=", 1024)), 'x');
    } else {
        char host[256] = {};
        gethostname(host, sizeof(host) - 1);
        body = "version " + setting("VERSION", "1") + " on " + host + "\n";
    }
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: " + (keep ? "keep-alive" : "close") + "\r\n\r\n" + body;
}

// Reads up to the end of one request's header; false when the peer is gone or idle while stopping.
bool read_request(int fd, std::string& buffer) {
    while (buffer.find("\r\n\r\n") == std::string::npos) {
        pollfd waiting{fd, POLLIN, 0};
        if (poll(&waiting, 1, 200) == 0) {
            if (stopping != 0 && buffer.empty()) {
                return false;
            }
            continue;
        }
        char chunk[4096];
        const ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
        if (n <= 0 || buffer.size() > request_bytes_max) {
            return false;
        }
        buffer.append(chunk, static_cast<std::size_t>(n));
    }
    return true;
}

void serve_connection(int fd) {
    std::string buffer;
    bool keep = true;
    while (keep && read_request(fd, buffer)) {
        ++requests_in_flight;
        const auto end = buffer.find("\r\n\r\n");
        const std::string head = buffer.substr(0, end);
        buffer.erase(0, end + 4);
        const auto first = head.find(' ');
        const auto second = head.find(' ', first + 1);
        keep = stopping == 0 && head.find("onnection: close") == std::string::npos;
        keep = write_all(fd, answer(head.substr(first + 1, second - first - 1), keep)) && keep;
        --requests_in_flight;
    }
    close(fd);
}

int own_port() {
    return number(setting("PORT", "8080"));
}

sockaddr_in address_of(const char* ip, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, ip, &address.sin_addr);
    return address;
}

void finish_requests() {
    for (int waited = 0; requests_in_flight > 0 && waited < drain_ms; waited += 20) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

int serve() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const sockaddr_in address = address_of("0.0.0.0", own_port());
    if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        listen(listener, 512) != 0) {
        std::perror("listen");
        return 1;
    }
    std::printf("version %s listens on %s\n", setting("VERSION", "1").c_str(),
                setting("PORT", "8080").c_str());
    while (stopping == 0) {
        pollfd waiting{listener, POLLIN, 0};
        if (poll(&waiting, 1, 200) <= 0) {
            continue;
        }
        const int fd = accept(listener, nullptr, nullptr);
        if (fd >= 0) {
            std::thread(serve_connection, fd).detach();
        }
    }
    close(listener);
    finish_requests();
    std::printf("stopped\n");
    return 0;
}

int bound_socket(int type) {
    const int fd = socket(AF_INET, type, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const sockaddr_in address = address_of("0.0.0.0", own_port());
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        std::perror("bind");
        std::exit(1);
    }
    return fd;
}

void echo_datagram(int fd, const std::string& name) {
    char bytes[2048];
    sockaddr_in from{};
    socklen_t size = sizeof(from);
    const ssize_t n =
        recvfrom(fd, bytes, sizeof(bytes), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n > 0) {
        const std::string reply = name + " " + std::string(bytes, static_cast<std::size_t>(n));
        sendto(fd, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
}

void echo_connection(int fd, const std::string& name) {
    char bytes[2048];
    const ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
    if (n > 0) {
        write_all(fd, name + " " + std::string(bytes, static_cast<std::size_t>(n)));
    }
    close(fd);
}

int echo() {
    const std::string name = setting("NAME", "echo");
    pollfd sockets[] = {{bound_socket(SOCK_STREAM), POLLIN, 0},
                        {bound_socket(SOCK_DGRAM), POLLIN, 0}};
    listen(sockets[0].fd, 64);
    std::printf("%s echoes on %d\n", name.c_str(), own_port());
    while (stopping == 0) {
        if (poll(sockets, 2, 200) <= 0) {
            continue;
        }
        if ((sockets[0].revents & POLLIN) != 0) {
            std::thread(echo_connection, accept(sockets[0].fd, nullptr, nullptr), name).detach();
        }
        if ((sockets[1].revents & POLLIN) != 0) {
            echo_datagram(sockets[1].fd, name);
        }
    }
    return 0;
}

int fetch(const char* ip, int port, const std::string& path) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = address_of(ip, port);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        std::perror("connect");
        return 1;
    }
    if (!write_all(fd,
                   "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
        return 1;
    }
    std::string reply;
    char chunk[1024];
    for (ssize_t n = 0; (n = recv(fd, chunk, sizeof(chunk), 0)) > 0;) {
        reply.append(chunk, static_cast<std::size_t>(n));
    }
    const auto body = reply.find("\r\n\r\n");
    std::printf("%s", body == std::string::npos ? "no answer\n" : reply.c_str() + body + 4);
    return reply.rfind("HTTP/1.1 200", 0) == 0 ? 0 : 1;
}

int fetch_url(std::string url) {
    if (url.rfind("http://", 0) == 0) {
        url.erase(0, 7);
    }
    const auto slash = url.find('/');
    const std::string path = slash == std::string::npos ? "/" : url.substr(slash);
    const std::string host = url.substr(0, slash);
    const auto colon = host.find(':');
    const int port =
        colon == std::string::npos ? 80 : number(std::string_view(host).substr(colon + 1));
    return fetch(host.substr(0, colon).c_str(), port, path);
}

void say_line(unsigned long n) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const bool is_error = n % 5 == 0;
    static const std::string pad(static_cast<std::size_t>(number(setting("PAD", "0"))), '.');
    static_cast<void>(std::fprintf(
        is_error ? stderr : stdout, "%s line %lu at %lld.%03ld%s\n", is_error ? "WARN" : "INFO", n,
        static_cast<long long>(now.tv_sec), now.tv_nsec / 1000000, pad.c_str()));
}

int chatter() {
    const auto interval = std::chrono::milliseconds(number(setting("INTERVAL_MS", "1000")));
    const int burst = number(setting("BURST", "1"));
    unsigned long n = 0;
    while (stopping == 0) {
        for (int i = 0; i < burst; ++i) {
            say_line(++n);
        }
        std::this_thread::sleep_for(interval);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    static_cast<void>(std::setvbuf(stdout, nullptr, _IOLBF, 0));
    struct sigaction action {};
    action.sa_handler = on_stop;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    const std::string command = argc > 1 ? argv[1] : "serve";
    if (command == "serve") {
        return serve();
    }
    if (command == "check") {
        return fetch("127.0.0.1", own_port(), "/health");
    }
    if (command == "fetch" && argc > 2) {
        return fetch_url(argv[2]);
    }
    if (command == "chatter") {
        return chatter();
    }
    if (command == "echo") {
        return echo();
    }
    static_cast<void>(std::fprintf(stderr, "usage: demo serve|check|fetch URL|chatter|echo\n"));
    return 2;
}
