module.exports = { baseUrl: 'https://gym.example' };
